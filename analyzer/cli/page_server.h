/* page_server.h - serves one file to browsers of this machine, until it is told to stop. */
#ifndef HEAPCOACH_PAGE_SERVER_H
#define HEAPCOACH_PAGE_SERVER_H

#include "analyzer/core/error.h"

#define PAGE_SERVER_URL_BYTES 96

struct page_server {
    int listener;                    /* on 127.0.0.1 alone, at a port that the system chose */
    char url[PAGE_SERVER_URL_BYTES]; /* "http://127.0.0.1:PORT/TOKEN/" */
    char target[48];                 /* "/TOKEN/": 128 random bits, so that no other page or user of
                                      * the machine can guess it */
};

/* Listens. 0, and the caller ends it by page_server_close; or -1. */
int page_server_open(struct page_server *server, struct error *error);

/* Answers GET and HEAD of the URL with the file's content (HTML) and anything else with an error,
 * until SIGINT or SIGTERM comes: then 0. Reads `file` by position alone. Whatever a client sends or
 * leaves out, others are served meanwhile, and it is dropped after some seconds. -1: the network
 * failed. */
int page_server_run(struct page_server *server, int file, struct error *error);

void page_server_close(struct page_server *server);

#endif
