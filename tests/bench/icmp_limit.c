/* What the kernel can do at most: echo requests to as many loopback addresses as wanted and their replies, by sendmmsg()
   and recvmmsg(), with receive times asked for as we ask for them, nothing looked at but the number of replies.

   Usage: icmp_limit TARGETS    prints replies received, and targets a second. Needs root or ping_group_range. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, PACKET = 8 + 56, BUFFER_BYTES = 8 << 20, ICMP_FILTER_OPTION = 1 };

static char out[BATCH][PACKET], in[BATCH][128], control[BATCH][64];
static struct sockaddr_in to[BATCH], from[BATCH];
static struct iovec out_part[BATCH], in_part[BATCH];
static struct mmsghdr sending[BATCH], receiving[BATCH];

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static int open_socket(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), on = 1, size = BUFFER_BYTES;
    if (fd < 0) {
        unsigned blocked = ~(1u << ICMP_ECHOREPLY);
        fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        if (fd < 0 || setsockopt(fd, SOL_RAW, ICMP_FILTER_OPTION, &blocked, sizeof blocked) < 0) return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return fd;
}

static void prepare(void) {
    for (int i = 0; i < BATCH; i++) {
        out[i][0] = ICMP_ECHO;
        to[i].sin_family = AF_INET;
        out_part[i] = (struct iovec){out[i], PACKET};
        in_part[i] = (struct iovec){in[i], sizeof in[i]};
        sending[i].msg_hdr = (struct msghdr){
            .msg_name = &to[i], .msg_namelen = sizeof to[i], .msg_iov = &out_part[i], .msg_iovlen = 1};
    }
}

static int send_some(int fd, int first, int count) {
    for (int i = 0; i < count; i++) {
        unsigned host = first + i, sequence = host & 0xFFFF, sum = 0x0800 + sequence;
        struct icmphdr *header = (struct icmphdr *)out[i];
        to[i].sin_addr.s_addr = htonl(0x7F010001u + (host / 254 << 8) + host % 254);
        header->un.echo.sequence = htons(sequence);
        header->checksum = htons(~(sum + (sum >> 16)));
    }
    return sendmmsg(fd, sending, count, 0);
}

static int receive_some(int fd) {
    for (int i = 0; i < BATCH; i++)
        receiving[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in_part[i], .msg_iovlen = 1,
            .msg_control = control[i], .msg_controllen = sizeof control[i]};
    int count = recvmmsg(fd, receiving, BATCH, MSG_DONTWAIT, NULL);
    return count < 0 ? 0 : count;
}

int main(int argc, char **argv) {
    int targets = argc > 1 ? atoi(argv[1]) : 0, fd = open_socket(), received = 0;
    if (fd < 0 || targets <= 0) {
        fprintf(stderr, "icmp_limit: no socket, or no number of targets\n");
        return 1;
    }
    prepare();
    double started = now();
    for (int sent = 0; sent < targets;) {
        int count = send_some(fd, sent, targets - sent < BATCH ? targets - sent : BATCH);
        if (count < 0) {
            perror("sendmmsg");
            return 1;
        }
        sent += count;
        received += receive_some(fd);
    }
    double patience = now() + 1;
    while (received < targets && now() < patience) received += receive_some(fd);
    printf("%d %.0f\n", received, targets / (now() - started));
    return 0;
}
