/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/calls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* Those of other architectures, or newer than libseccomp, are left out. */
static const char *const never[] = {
	"execve", "execveat", "uselib",
	"kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	"pidfd_open", "pidfd_send_signal", "pidfd_getfd", "kcmp",
	"process_madvise", "process_mrelease",
	/* What Landlock does not know of files. */
	"chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat",
	"setxattr", "lsetxattr", "removexattr", "lremovexattr",
	"name_to_handle_at", "open_by_handle_at",
	/* The system. */
	"mount", "umount", "umount2", "mount_setattr", "move_mount", "fsopen",
	"fsconfig", "fsmount", "fspick", "open_tree", "pivot_root", "chroot",
	"unshare", "setns", "sethostname", "setdomainname",
	"swapon", "swapoff", "quotactl", "quotactl_fd", "acct",
	"init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "reboot", "iopl", "ioperm",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
	"add_key", "request_key", "keyctl",
	"bpf", "perf_event_open", "userfaultfd", "lookup_dcookie",
	"fanotify_init", "syslog", "personality", "vhangup", NULL
};

static const char *const unknown[] = {
	"io_uring_setup", "io_uring_enter", "io_uring_register", NULL
};

#ifndef __SANITIZE_ADDRESS__
static const char *const processes[] = {
	"fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
	NULL
};
#endif

/* Which argument of clone; others have them first. */
#ifdef __s390__
#define CLONE_FLAGS SCMP_A1
#else
#define CLONE_FLAGS SCMP_A0
#endif

static int
answer(scmp_filter_ctx filter, uint16_t error, const char *const *names)
{
	int number, rc = 0;

	for (; rc == 0 && *names != NULL; names++) {
		number = seccomp_syscall_resolve_name(*names);
		if (number != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(error),
			    number, 0);
	}
	return rc;
}

/* Sockets of this machine alone. */
static int
forbid_network(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, AF_UNIX);
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
	    SCMP_SYS(socket), 1, other);

	return rc != 0 ? rc : seccomp_rule_add(filter,
	    SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socketpair), 1, other);
}

/*
 * A thread is a clone, too. clone3 has its flags where no filter can look;
 * told that there is none, libc takes clone. LeakSanitizer looks at its own
 * process from another one.
 */
static int
forbid_processes(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp others = SCMP_A0(SCMP_CMP_NE,
	    (scmp_datum_t)getpid());
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
	    SCMP_SYS(tgkill), 1, others);

#ifndef __SANITIZE_ADDRESS__
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(clone), 1,
		    CLONE_FLAGS(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (rc == 0)
		rc = answer(filter, EPERM, processes);
#endif
	return rc;
}

int
calls_forbid(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (filter == NULL)
		return ENOMEM;
	/* A tree: a call that is allowed is found so in few steps. */
	rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Or all that the kernel says is ECANCELED. */
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (rc == 0)
		rc = answer(filter, EPERM, never);
	if (rc == 0)
		rc = answer(filter, ENOSYS, unknown);
	if (rc == 0)
		rc = forbid_network(filter);
	if (rc == 0)
		rc = forbid_processes(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return -rc;
}
