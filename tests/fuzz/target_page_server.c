// sources: analyzer/cli/page_server.c
// libs: analyzer
/* target_page_server.c - what a client sends to `view --serve`.
 *
 * Input: the bytes of one connection, in which TOKEN stands for the secret of the server's URL. The
 * server runs in a thread of its own, as it is. Whatever comes, it answers with a whole head or not
 * at all, and gives the page to nobody who does not name the secret.
 */
#define _GNU_SOURCE
#include "analyzer/cli/page_server.h"
#include "tests/fuzz/target.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGE "<!doctype html>page"
#define MOST_REQUEST 40000
#define ANSWER_BYTES 2048

static struct page_server server;
static struct target_file page;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void *run_server(void *unused)
{
    struct error error;
    (void)unused;
    MUST(page_server_run(&server, page.fd, &error) == 0);
    return NULL;
}

static int connect_to_server(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct linger reset = {1, 0}; /* or thousands of ended connections would use up the ports */
    MUST(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0);
    MUST(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

/* The server may answer and close before it has read all: then the rest goes nowhere. */
static void send_all(int fd, const char *bytes, size_t n)
{
    ssize_t sent;
    for (; n && (sent = send(fd, bytes, n, MSG_NOSIGNAL)) > 0; n -= (size_t)sent)
        bytes += sent;
    shutdown(fd, SHUT_WR);
}

static size_t exchange(const char *request, size_t n, char answer[ANSWER_BYTES])
{
    int fd = connect_to_server();
    size_t got = 0;
    ssize_t more;
    send_all(fd, request, n);
    while (got < ANSWER_BYTES - 1 && (more = recv(fd, answer + got, ANSWER_BYTES - 1 - got, 0)) > 0)
        got += (size_t)more;
    answer[got] = 0;
    close(fd);
    return got;
}

/* Once. Its handlers of signals are put back: they are the fuzzer's. */
static void start(void)
{
    static const int taken[] = {SIGINT, SIGTERM};
    struct sigaction before[2];
    struct error error;
    pthread_t thread;
    char answer[ANSWER_BYTES];
    uint16_t port;
    page = target_open_file(PAGE, strlen(PAGE));
    MUST(page_server_open(&server, &error) == 0);
    MUST(sscanf(server.url, "http://127.0.0.1:%hu/", &port) == 1);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 2; i++)
        sigaction(taken[i], NULL, &before[i]);
    MUST(pthread_create(&thread, NULL, run_server, NULL) == 0 && pthread_detach(thread) == 0);
    exchange("\n\n", 2, answer); /* it runs now */
    for (int i = 0; i < 2; i++)
        sigaction(taken[i], &before[i], NULL);
}

/* TOKEN by the secret, which has the slashes around it. Returns the length. */
static size_t put_token(char *to, const uint8_t *data, size_t size)
{
    char *at = to;
    for (size_t i = 0; i < size; i++) {
        if (size - i >= 5 && memcmp(data + i, "TOKEN", 5) == 0) {
            at = stpcpy(at, server.target);
            i += 4;
        } else {
            *at++ = (char)data[i];
        }
    }
    return (size_t)(at - to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char answer[ANSWER_BYTES];
    if (size > MOST_REQUEST)
        return 0;
    if (!server.url[0])
        start();
    char *request = malloc(size / 5 * sizeof(server.target) + size + 1);
    MUST(request);
    size_t n = put_token(request, data, size), got = exchange(request, n, answer);
    if (got) {
        MUST(strncmp(answer, "HTTP/1.1 ", 9) == 0 && strstr(answer, "\r\n\r\n"));
        bool given = strncmp(answer + 9, "200 ", 4) == 0;
        MUST(given || !strstr(answer, PAGE));
        MUST(!given || memmem(request, n, server.target, strlen(server.target)));
    }
    free(request);
    return 0;
}
