/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server never asks the kernel for, and from some moment on cannot:
 * the only door to seccomp.
 *
 *	error = calls_forbid();
 *	if (error != 0)
 *		log_warn("sealed", "calls=none why=\"%s\"", strerror(error));
 *
 * No socket but AF_UNIX, so no network (EAFNOSUPPORT); no program and no
 * process, only threads; no look into other processes and no signal to them;
 * no mode or owner of a file by its name; nothing of the system: mounts,
 * namespaces, modules, keys, clocks, tracing (EPERM). io_uring, which would
 * get around some of this, does not exist (ENOSYS).
 *
 * It is a list of what is dangerous and not one of what is used, since libc,
 * SQLite, libuv and libwebsockets choose their calls by version and by need: a
 * call that such a list forgot fails in the rare case, or after an upgrade.
 * systemd's SystemCallFilter is a list of the other kind that others keep.
 */
#ifndef LIB_CALLS_H
#define LIB_CALLS_H

/*
 * calls_forbid binds the calling thread and all that it starts, for good; it
 * sets no_new_privs. Returns 0 or an errno: nothing is forbidden then (EINVAL,
 * ENOSYS: the kernel has no filters; EPERM: it is not allowed to have one).
 * Under AddressSanitizer processes are not forbidden, which it needs itself.
 */
int calls_forbid(void);

#endif
