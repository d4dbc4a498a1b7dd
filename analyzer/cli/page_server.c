/* page_server.c - see page_server.h. Used by `heapcoach view --serve`.
 *
 * HTTP/1.1, one answer to a connection, one thread: a table of connections, each reading its
 * request, sending its answer, or waiting for the client to close, each with a time by which it
 * must be done. Nothing blocks but ppoll. A request is trusted in nothing: it is a bounded buffer
 * of which the first line is compared with what is served.
 */
#define _GNU_SOURCE
#include "analyzer/cli/page_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS = 32,
    REQUEST_BYTES = 16384,
    HEAD_BYTES = 512,
    REQUEST_S = 10, /* to send its request */
    STALL_S = 30,   /* to take more of the answer */
    CLOSE_S = 2     /* to close when it has all */
};

enum doing { FREE, READING, SENDING, CLOSING };

struct client {
    enum doing doing;
    int fd;
    time_t until;
    char request[REQUEST_BYTES];
    size_t got;
    char head[HEAD_BYTES]; /* of the answer */
    size_t head_bytes, head_sent;
    off_t at, end; /* of the file, what is still to be sent */
};

struct serving {
    const struct page_server *server;
    int file;
    off_t file_bytes;
    struct client clients[CLIENTS];
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static time_t now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- the connections ---- */

static void drop(struct client *c)
{
    close(c->fd);
    c->doing = FREE;
}

/* A place for a new one: a free one, else that of who has been longest at its request or closing.
 * NULL: all are being sent something. */
static struct client *find_place(struct serving *s)
{
    struct client *oldest = NULL;
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &s->clients[i];
        if (c->doing == FREE)
            return c;
        if (c->doing != SENDING && (!oldest || c->until < oldest->until))
            oldest = c;
    }
    if (oldest)
        drop(oldest);
    return oldest;
}

static void take_client(struct serving *s)
{
    int fd = accept4(s->server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return; /* it has gone already, or there are too many open files */
    struct client *c = find_place(s);
    if (!c) {
        close(fd);
        return;
    }
    c->doing = READING;
    c->fd = fd;
    c->until = now_s() + REQUEST_S;
    c->got = c->head_bytes = c->head_sent = 0;
    c->at = c->end = 0;
}

/* ---- answers ---- */

static void answer(struct client *c, const char *status, const char *more, off_t bytes)
{
    int n = snprintf(c->head, sizeof(c->head),
                     "HTTP/1.1 %s\r\nContent-Length: %lld\r\nConnection: close\r\n"
                     "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s\r\n",
                     status, (long long)bytes, more);
    c->head_bytes = (size_t)n;
    c->doing = SENDING;
    c->until = now_s() + STALL_S;
}

static void refuse(struct client *c, const char *status)
{
    answer(c, status, "", 0);
}

/* The request line is "METHOD TARGET HTTP/1.x". */
static void answer_request(struct serving *s, struct client *c)
{
    char method[16], target[64], version[16];
    if (memchr(c->request, 0, c->got) ||
        sscanf(c->request, "%15[A-Z] %63[!-~] %15[!-~]", method, target, version) != 3 ||
        strncmp(version, "HTTP/1.", 7) != 0)
        refuse(c, "400 Bad Request");
    else if (strcmp(target, s->server->target) != 0)
        refuse(c, "404 Not Found");
    else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        answer(c, "405 Method Not Allowed", "Allow: GET, HEAD\r\n", 0);
    else {
        answer(c, "200 OK",
               "Content-Type: text/html; charset=utf-8\r\nReferrer-Policy: no-referrer\r\n",
               s->file_bytes);
        c->end = method[0] == 'G' ? s->file_bytes : 0;
    }
}

/* ---- what a connection does when it can ---- */

static void read_request(struct serving *s, struct client *c)
{
    ssize_t n = recv(c->fd, c->request + c->got, sizeof(c->request) - 1 - c->got, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->got += (size_t)n;
    c->request[c->got] = 0;
    if (memmem(c->request, c->got, "\r\n\r\n", 4) || memmem(c->request, c->got, "\n\n", 2))
        answer_request(s, c);
    else if (c->got == sizeof(c->request) - 1)
        refuse(c, "431 Request Header Fields Too Large");
}

/* How many bytes went, or -1. */
static ssize_t send_some(struct serving *s, struct client *c)
{
    if (c->head_sent < c->head_bytes) {
        ssize_t n = send(c->fd, c->head + c->head_sent, c->head_bytes - c->head_sent, MSG_NOSIGNAL);
        c->head_sent += n > 0 ? (size_t)n : 0;
        return n;
    }
    return sendfile(c->fd, s->file, &c->at, (size_t)(c->end - c->at));
}

static void send_answer(struct serving *s, struct client *c)
{
    ssize_t n = send_some(s, c);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->until = now_s() + STALL_S;
    if (c->head_sent < c->head_bytes || c->at < c->end)
        return;
    /* Closing at once would throw the answer away if the client had sent more than we read. */
    shutdown(c->fd, SHUT_WR);
    c->doing = CLOSING;
    c->until = now_s() + CLOSE_S;
}

static void wait_for_close(struct client *c)
{
    char unused[4096];
    ssize_t n = recv(c->fd, unused, sizeof(unused), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        drop(c);
}

static void go_on(struct serving *s, struct client *c)
{
    if (c->doing == READING)
        read_request(s, c);
    else if (c->doing == SENDING)
        send_answer(s, c);
    else
        wait_for_close(c);
}

/* ---- the loop ---- */

/* Waits until something can be done; -1: for ever nothing can. */
static int wait_all(struct serving *s, struct pollfd polled[CLIENTS + 1], const sigset_t *mask)
{
    struct timespec timeout = {1, 0};
    bool any = false;
    polled[CLIENTS] = (struct pollfd){s->server->listener, POLLIN, 0};
    for (int i = 0; i < CLIENTS; i++) {
        const struct client *c = &s->clients[i];
        any |= c->doing != FREE;
        polled[i] = (struct pollfd){c->doing == FREE ? -1 : c->fd,
                                    c->doing == SENDING ? POLLOUT : POLLIN, 0};
    }
    int n = ppoll(polled, CLIENTS + 1, any ? &timeout : NULL, mask);
    return n < 0 && errno != EINTR ? -1 : n;
}

static int serve(struct serving *s, const sigset_t *mask)
{
    struct pollfd polled[CLIENTS + 1];
    while (!stopped) {
        int n = wait_all(s, polled, mask);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n < 0)
            continue;
        time_t now = now_s();
        for (int i = 0; i < CLIENTS; i++) {
            struct client *c = &s->clients[i];
            if (c->doing != FREE && polled[i].revents)
                go_on(s, c);
            if (c->doing != FREE && now > c->until)
                drop(c);
        }
        if (polled[CLIENTS].revents)
            take_client(s);
    }
    return 0;
}

int page_server_run(struct page_server *server, int file, struct error *error)
{
    static struct serving s; /* half a megabyte of requests */
    struct sigaction action = {.sa_handler = stop};
    sigset_t blocked, before;
    struct stat st;
    s.server = server;
    s.file = file;
    if (fstat(file, &st) != 0)
        return error_set(error, "cannot read the page again: %s", strerror(errno));
    s.file_bytes = st.st_size;
    /* Signals come while we wait in ppoll, so none is missed. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    sigdelset(&before, SIGINT);
    sigdelset(&before, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* sendfile has no flag for it */
    int result = serve(&s, &before);
    if (result != 0)
        error_set(error, "cannot serve the page: %s", strerror(errno));
    for (int i = 0; i < CLIENTS; i++)
        if (s.clients[i].doing != FREE)
            drop(&s.clients[i]);
    return result;
}

int page_server_open(struct page_server *server, struct error *error)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_bytes = sizeof(at);
    uint64_t token[2];
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listener < 0)
        return error_set(error, "--serve: cannot make a socket: %s", strerror(errno));
    if (bind(server->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(server->listener, CLIENTS) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&at, &at_bytes) != 0 ||
        getrandom(token, sizeof(token), 0) != sizeof(token)) {
        error_set(error, "--serve: cannot listen on 127.0.0.1: %s", strerror(errno));
        page_server_close(server);
        return -1;
    }
    snprintf(server->target, sizeof(server->target), "/%016llx%016llx/",
             (unsigned long long)token[0], (unsigned long long)token[1]);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u%s", ntohs(at.sin_port),
             server->target);
    return 0;
}

void page_server_close(struct page_server *server)
{
    close(server->listener);
}
