/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/hint.h"

#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/err.h"
#include "sql/lock.h"

static int
bind_socket(struct hint *hint, const struct sockaddr_un *address)
{
	unlink(address->sun_path);	/* of one that has ended */
	hint->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (hint->fd >= 0 && bind(hint->fd, (const struct sockaddr *)address,
		sizeof(*address)) == 0 && chmod(address->sun_path, 0660) == 0)
		return OK;
	return E_IO;
}

int
hint_open(struct hint *hint, const char *path, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char lock[PATH_MAX];
	int rc;

	*hint = (struct hint){ .fd = -1, .lock_fd = -1 };
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s-%s", path,
		name) >= (int)sizeof(address.sun_path))
		return E_TOOBIG;
	snprintf(lock, sizeof(lock), "%s-lock", address.sun_path);
	hint->lock_fd = lock_open(lock);
	if (hint->lock_fd < 0)
		return E_IO;
	rc = lock_take(hint->lock_fd, 0);
	if (rc == OK)
		rc = bind_socket(hint, &address);
	if (rc != OK)
		hint_close(hint);
	return rc;
}

void
hint_drain(const struct hint *hint)
{
	char bytes[16];

	while (recv(hint->fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0)
		;
}

void
hint_close(struct hint *hint)
{
	if (hint->fd >= 0)
		close(hint->fd);
	if (hint->lock_fd >= 0)
		close(hint->lock_fd);
	*hint = (struct hint){ .fd = -1, .lock_fd = -1 };
}
