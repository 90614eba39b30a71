/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of the kernel, and after calls_forbid cannot. */
#include <config.h>

#include "t/unit/unit.h"

#include "lib/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	bool init;
	int load;		/* what it returns, or 0 */
} failing;

scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
int __real_seccomp_load(scmp_filter_ctx filter);
int __wrap_seccomp_load(scmp_filter_ctx filter);

scmp_filter_ctx
__wrap_seccomp_init(uint32_t action)
{
	return failing.init ? NULL : __real_seccomp_init(action);
}

int
__wrap_seccomp_load(scmp_filter_ctx filter)
{
	return failing.load != 0 ? failing.load : __real_seccomp_load(filter);
}

/* ---- tries: each returns 0 or an errno ---- */

static int
result(long rc)
{
	return rc < 0 ? errno : 0;
}

static int
inet(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
inet6(void)
{
	return result(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int
netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
inet_pair(void)
{
	int pair[2];

	return result(socketpair(AF_INET, SOCK_STREAM, 0, pair));
}

static int
unix_sockets(void)
{
	int pair[2], error = result(socket(AF_UNIX, SOCK_DGRAM, 0));

	return error != 0 ? error :
	    result(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int
program(void)
{
	return result(syscall(SYS_execve, "/bin/true", NULL, NULL));
}

static int
program_at(void)
{
	return result(syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL,
	    0));
}

static void *
nothing(void *arg)
{
	return arg;
}

/* And a signal to oneself. */
static int
thread(void)
{
	pthread_t other;
	int error = pthread_create(&other, NULL, nothing, NULL);

	if (error == 0)
		error = pthread_join(other, NULL);
	return error != 0 ? error : pthread_kill(pthread_self(), 0);
}

static int
signal_parent(void)
{
	return result(kill(getppid(), 0));
}

static int
signal_parent_thread(void)
{
	return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int
signal_by_pidfd(void)
{
	return result(syscall(SYS_pidfd_open, getppid(), 0));
}

static int
mode(void)
{
	return result(chmod("/proc/self/no-such-file", 0600));
}

static int
owner(void)
{
	return result(chown("/proc/self/no-such-file", getuid(), getgid()));
}

static int
namespace(void)
{
	return result(unshare(0));
}

static int
join_namespace(void)
{
	return result(setns(-1, 0));
}

static int
change_root(void)
{
	return result(chroot("/proc/self/no-such-file"));
}

static int
mount_all(void)
{
	return result(mount(NULL, "/proc/self/no-such-file", NULL, 0, NULL));
}

static int
kernel_module(void)
{
	return result(syscall(SYS_finit_module, -1, "", 0));
}

static int
kernel_program(void)
{
	return result(syscall(SYS_bpf, -1, NULL, 0));
}

static int
kernel_key(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_THREAD_KEYRING, 1));
}

static int
clock_set(void)
{
	return result(syscall(SYS_clock_settime, -1, NULL));
}

static int
perf(void)
{
	return result(syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0));
}

static int
other_personality(void)
{
	return result(personality(0xffffffff));
}

static int
ring(void)
{
	return result(syscall(SYS_io_uring_setup, 1, NULL));
}

static int
privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EINVAL;
}

#ifndef __SANITIZE_ADDRESS__
static int
child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

#ifdef SYS_fork
/* Which libc does not use. */
static int
child_by_fork(void)
{
	pid_t pid = (pid_t)syscall(SYS_fork);

	if (pid == 0)
		_exit(0);
	return result(pid);
}
#endif

static int
child_by_clone3(void)
{
	return result(syscall(SYS_clone3, NULL, 0));
}

static int
trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
memory(void)
{
	int from = 1, to = 2;
	struct iovec here = { &to, sizeof(to) }, there = { &from, sizeof(to) };

	return result(process_vm_readv(getpid(), &here, 1, &there, 1, 0));
}
#endif

/* ---- */

static const struct row {
	const char *name;
	int (*try)(void);
	int error;
} forbidden[] = {
	{ "AF_INET", inet, EAFNOSUPPORT },
	{ "AF_INET6", inet6, EAFNOSUPPORT },
	{ "AF_NETLINK", netlink, EAFNOSUPPORT },
	{ "a pair of AF_INET", inet_pair, EAFNOSUPPORT },
	{ "execve", program, EPERM },
	{ "execveat", program_at, EPERM },
	{ "kill", signal_parent, EPERM },
	{ "tgkill", signal_parent_thread, EPERM },
	{ "pidfd_open", signal_by_pidfd, EPERM },
	{ "chmod", mode, EPERM },
	{ "chown", owner, EPERM },
	{ "unshare", namespace, EPERM },
	{ "setns", join_namespace, EPERM },
	{ "chroot", change_root, EPERM },
	{ "mount", mount_all, EPERM },
	{ "finit_module", kernel_module, EPERM },
	{ "bpf", kernel_program, EPERM },
	{ "keyctl", kernel_key, EPERM },
	{ "clock_settime", clock_set, EPERM },
	{ "perf_event_open", perf, EPERM },
	{ "personality", other_personality, EPERM },
	{ "io_uring_setup", ring, ENOSYS },
#ifndef __SANITIZE_ADDRESS__
	{ "clone", child, EPERM },
#ifdef SYS_fork
	{ "fork", child_by_fork, EPERM },
#endif
	{ "clone3", child_by_clone3, ENOSYS },
	{ "ptrace", trace, EPERM },
	{ "process_vm_readv", memory, EPERM },
#endif
}, allowed[] = {
	{ "AF_UNIX", unix_sockets, 0 },
	{ "a thread", thread, 0 },
	{ "no new privileges", privileges, 0 },
};

enum { NOT_HAD = 255 };

static int
try(void *arg)
{
	const struct row *row = arg;

	return calls_forbid() == 0 ? row->try() : NOT_HAD;
}

static void
try_all(const struct row *rows, size_t count)
{
	int error;

	for (size_t i = 0; i < count; i++) {
		error = unit_apart(try, (void *)&rows[i]);
		if (error != rows[i].error)
			fail_msg("%s: %s", rows[i].name, strerror(error));
	}
}

static void
test_forbidden(void **state)
{
	(void)state;
	try_all(forbidden, COUNT(forbidden));
}

static void
test_allowed(void **state)
{
	(void)state;
	try_all(allowed, COUNT(allowed));
}

static void
test_not_to_be_had(void **state)
{
	(void)state;
	failing.init = true;
	assert_int_equal(calls_forbid(), ENOMEM);
	failing.init = false;
	failing.load = -EINVAL;
	assert_int_equal(calls_forbid(), EINVAL);
	failing.load = 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_not_to_be_had),
	}, without[] = {
		cmocka_unit_test(unit_skipped),
		cmocka_unit_test(test_not_to_be_had),
	};

	if (unit_apart(try, (void *)&allowed[0]) != NOT_HAD)
		return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
	fputs("# most of this is skipped: no filter of calls here\n", stderr);
	return cmocka_run_group_tests_name("calls", without, NULL, NULL);
}
