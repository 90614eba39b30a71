/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/peer.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 ask;
};

int
peer_open(void)
{
	return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_SOCK_DIAG);
}

static bool
is_here_alone(const struct peer *peer)
{
	static const struct in6_addr mapped = { .s6_addr =
	    { [10] = 0xff, [11] = 0xff, [12] = 127 } };
	const void *address = peer->id.idiag_dst;

	if (peer->family == AF_INET)
		return *(const uint8_t *)address == 127;
	return memcmp(address, &in6addr_loopback, sizeof(mapped)) == 0 ||
	    memcmp(address, &mapped, 13) == 0;
}

/* One end of it: an address and a port. */
static bool
take_end(char **text, int family, __be32 *address, __be16 *port)
{
	const char *name = strsep(text, " "), *number = strsep(text, " ");

	if (number == NULL || inet_pton(family, name, address) != 1)
		return false;
	*port = htons((uint16_t)strtoul(number, NULL, 10));
	return true;
}

void
peer_read(struct peer *peer, const char *text)
{
	char copy[PEER_TEXT_MAX], *rest = copy;
	struct inet_diag_sockid *id = &peer->id;

	*peer = (struct peer){ .family =
	    strchr(text, ':') != NULL ? AF_INET6 : AF_INET };
	snprintf(copy, sizeof(copy), "%s", text);
	if (!take_end(&rest, peer->family, id->idiag_dst, &id->idiag_dport) ||
	    !take_end(&rest, peer->family, id->idiag_src, &id->idiag_sport) ||
	    is_here_alone(peer))
		peer->family = 0;
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

/* What the answer says of the connection; false: it is not known. */
static bool
find_info(const char *answer, size_t len, struct tcp_info *info)
{
	const struct nlmsghdr *head = (const void *)answer;
	const struct inet_diag_msg *found = NLMSG_DATA(head);
	const struct rtattr *at = (const void *)(found + 1);
	size_t size;

	if (!NLMSG_OK(head, len) || head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(*found)))
		return false;
	len = head->nlmsg_len - NLMSG_LENGTH(sizeof(*found));
	while (RTA_OK(at, len) && at->rta_type != INET_DIAG_INFO)
		at = RTA_NEXT(at, len);
	if (!RTA_OK(at, len))
		return false;
	size = RTA_PAYLOAD(at);
	memset(info, 0, sizeof(*info));
	memcpy(info, RTA_DATA(at), size < sizeof(*info) ? size :
	    sizeof(*info));
	return true;
}

/* The kernel has answered when send returns. */
int64_t
peer_silent_ms(int fd, const struct peer *peer)
{
	struct question question = {
		.head = { .nlmsg_len = sizeof(question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST },
		.ask = { .sdiag_family = peer->family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_ext = 1 << (INET_DIAG_INFO - 1),
		    .idiag_states = ~0u, .id = peer->id },
	};
	_Alignas(struct nlmsghdr) char answer[4096];
	struct tcp_info info;
	ssize_t len;

	if (peer->family == 0 ||
	    send(fd, &question, sizeof(question), 0) < 0)
		return 0;
	len = recv(fd, answer, sizeof(answer), 0);
	if (len <= 0 || !find_info(answer, (size_t)len, &info) ||
	    info.tcpi_unacked == 0)
		return 0;
	return info.tcpi_last_ack_recv;
}
