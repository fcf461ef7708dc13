// A fake IMAP store: every login succeeds, and BULK sends as much as it is asked for. One thread.
// Usage: store PORT
#define _GNU_SOURCE
#include "store.h"

#include "../loopback.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_EVENTS 512

static bool handle_lines(struct connection *c) {
  char *start = c->input, *end = c->input + c->input_length, *newline;
  while ((newline = memchr(start, '\n', end - start))) {
    *newline = '\0';
    if (newline > start && newline[-1] == '\r')
      newline[-1] = '\0';
    if (!handle_line(c, start))
      return false;
    start = newline + 1;
  }
  c->input_length = end - start;
  memmove(c->input, start, c->input_length);
  return true;
}

// Reads until the socket is empty: it is reported once only. A short read means empty, unless the peer
// has hung up: then the end must be read too.
static bool receive(struct connection *c, bool hung_up) {
  for (;;) {
    size_t space = sizeof c->input - c->input_length;
    ssize_t received = space ? recv(c->fd, c->input + c->input_length, space, 0) : 0;
    if (received <= 0)
      return received < 0 && errno == EAGAIN;
    c->input_length += received;
    if (!handle_lines(c))
      return false;
    if ((size_t)received < space && !hung_up)
      return true;
  }
}

static bool handle_events(struct connection *c, uint32_t events) {
  const uint32_t hang_up = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | hang_up)) && !receive(c, events & hang_up))
    return false;
  bool pending = c->output_length > 0 || c->bulk_left > 0;
  return !(events & EPOLLOUT) || !pending || send_pending(c);
}

static void close_connection(struct connection *c) {
  close(c->fd);
  free(c);
}

static void accept_connections(int epoll, int listener) {
  int fd;
  while ((fd = accept_connection(listener)) >= 0) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
      die("calloc");
    c->fd = fd;
    watch(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, c);
    if (!respond(c, "* OK [CAPABILITY " CAPABILITIES "] store ready\r\n"))
      close_connection(c);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: store PORT\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  fill_bulk_block();
  int listener = listen_on_loopback(parse_number(argv[1], 65535));
  int epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN, NULL); // NULL: the listener
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (!c)
        accept_connections(epoll, listener);
      else if (!handle_events(c, events[i].events))
        close_connection(c);
    }
  }
}
