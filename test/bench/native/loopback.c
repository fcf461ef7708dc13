#define _GNU_SOURCE
#include "loopback.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Longer than any burst of the load generator, so that no connection waits for a SYN to be sent again.
#define BACKLOG 8192

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double percentile(double *values, long count, double p) {
  if (count == 0)
    return 0;
  qsort(values, count, sizeof *values, compare);
  long index = count * p;
  return values[index < count ? index : count - 1];
}

_Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

struct sockaddr_in loopback_address(unsigned host, uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET,
      .sin_port = htons(port),
      .sin_addr.s_addr = htonl((INADDR_LOOPBACK & 0xffffff00u) + host),
  };
}

int listen_on_loopback(uint16_t port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener < 0)
    die("socket");
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = loopback_address(1, port);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
    die("bind");
  if (listen(listener, BACKLOG) < 0)
    die("listen");
  return listener;
}

int accept_connection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd >= 0) {
    disable_nagle(fd);
    return fd;
  }
  // Out of files: the listener would be reported as ready again and again. Better an end that is seen.
  if (errno == EMFILE || errno == ENFILE)
    die("accept");
  return -1;
}

void disable_nagle(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void watch(int epoll, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    die("epoll_ctl");
}

void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
    die("setrlimit");
}

long parse_number(const char *text, long max) {
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno || end == text || *end || number < 1 || number > max) {
    fprintf(stderr, "%s is not a number from 1 to %ld\n", text, max);
    exit(2);
  }
  return number;
}
