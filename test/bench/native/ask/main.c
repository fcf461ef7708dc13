// Asks for routes as edges do that do not pipeline: keep-alive connections, one request on each. One thread.
// Usage: ask PORT TOKEN LINKS ENTRIES BLOCK SECONDS [RATE]
//
// Logins are random: those of ENTRIES people, whose names have a prefix beyond the first BLOCK. Without RATE, each
// connection asks again as soon as it is answered. With it, requests are due at even times, whatever the answers do,
// and a delay counts from then: a request that finds no connection free waits, and so does one that this program
// itself is late with. It sleeps between two requests, so that it takes no CPU from anybody.
//
// Prints one line of JSON. Ends with 1 if any answer was not 200.
#define _GNU_SOURCE
#include "../loopback.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINKS 1024
#define MAX_EVENTS 256
#define MAX_ENTRIES 1000000000
#define MAX_RATE 1000000
// Without RATE: more than any server answers, a second.
#define MAX_ANSWERS 200000
// Behind the end of the run, for what is still to be answered.
#define LATE_SECONDS 10

struct link {
  int fd;
  double due; // of the request in progress
  size_t length;
  char input[16384];
};

struct plan {
  const char *token;
  long port, entries, block, seconds, rate;
};

static struct link links[MAX_LINKS];
static struct link *idle[MAX_LINKS];
static int idle_count, link_count;
static double *delays;
static long asked, answered, most;

static double percentile_ms(double share) { return percentile(delays, answered, share) * 1e3; }

static void ask(struct link *link, const struct plan *plan, double due) {
  long number = random() % plan->entries, block = number / plan->block;
  char prefix[32] = "", request[1024];
  if (block > 0)
    snprintf(prefix, sizeof prefix, "v%ld.", block);
  int length = snprintf(request, sizeof request,
                        "GET /v1/routes/%suser%ld%%40example.com HTTP/1.1\r\n"
                        "Host: 127.0.0.1:%ld\r\n"
                        "Authorization: Bearer %s\r\n\r\n",
                        prefix, number % plan->block, plan->port, plan->token);
  link->due = due;
  link->length = 0;
  asked++;
  if (send(link->fd, request, length, MSG_NOSIGNAL) != length)
    die("send");
}

// Whether the answer is complete. Ends the program if it is not a route.
static bool receive(struct link *link) {
  ssize_t received = recv(link->fd, link->input + link->length, sizeof link->input - 1 - link->length, 0);
  if (received < 0 && errno == EAGAIN)
    return false;
  if (received <= 0)
    die("recv");
  link->length += received;
  link->input[link->length] = '\0';
  char *body = strstr(link->input, "\r\n\r\n");
  char *header = strcasestr(link->input, "\r\ncontent-length:");
  if (!body || !header || header > body)
    return false;
  if (link->length < body + 4 - link->input + strtoul(strchr(header, ':') + 1, NULL, 10))
    return false;
  if (strncmp(link->input, "HTTP/1.1 200", 12)) {
    fprintf(stderr, "the API answered %.12s\n", link->input);
    exit(1);
  }
  return true;
}

static void open_links(int epoll, const struct plan *plan) {
  struct sockaddr_in address = loopback_address(1, plan->port);
  for (int i = 0; i < link_count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
      die("connect");
    disable_nagle(fd);
    links[i].fd = fd;
    idle[idle_count++] = &links[i];
    watch(epoll, fd, EPOLLIN, &links[i]);
  }
}

static void wake_at(int timer, double at) {
  struct itimerspec when = {.it_value = {.tv_sec = at, .tv_nsec = (at - (long)at) * 1e9}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

// When the request that is next is due; without a rate, at once.
static double next_due(const struct plan *plan, double start) {
  return plan->rate ? start + (double)asked / plan->rate : now();
}

static void ask_what_is_due(const struct plan *plan, double start, double end) {
  while (idle_count > 0 && asked < most) {
    double due = next_due(plan, start);
    if (due > now() || due >= end)
      return;
    ask(idle[--idle_count], plan, due);
  }
}

// When there is something to do that no answer brings.
static double next_wake(const struct plan *plan, double start, double end) {
  double due = next_due(plan, start);
  if (idle_count > 0 && due < end)
    return due;
  return now() < end ? end : end + LATE_SECONDS;
}

static void run(const struct plan *plan) {
  int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  open_links(epoll, plan);
  watch(epoll, timer, EPOLLIN, NULL); // NULL: the timer
  double start = now(), end = start + plan->seconds;
  while (now() < end || next_due(plan, start) < end || answered < asked) {
    if (now() >= end + LATE_SECONDS) {
      fprintf(stderr, "not all answers have come\n");
      exit(1);
    }
    ask_what_is_due(plan, start, end);
    wake_at(timer, next_wake(plan, start, end));
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct link *link = events[i].data.ptr;
      uint64_t ticks;
      if (!link)
        (void)!read(timer, &ticks, sizeof ticks);
      else if (receive(link)) {
        delays[answered++] = now() - link->due;
        idle[idle_count++] = link;
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 7 && argc != 8) {
    fprintf(stderr, "usage: ask PORT TOKEN LINKS ENTRIES BLOCK SECONDS [RATE]\n");
    return 2;
  }
  struct plan plan = {
      .port = parse_number(argv[1], 65535),
      .token = argv[2],
      .entries = parse_number(argv[4], MAX_ENTRIES),
      .block = parse_number(argv[5], MAX_ENTRIES),
      .seconds = parse_number(argv[6], 3600),
      .rate = argc == 8 ? parse_number(argv[7], MAX_RATE) : 0,
  };
  link_count = parse_number(argv[3], MAX_LINKS);
  most = (plan.rate ? plan.rate : MAX_ANSWERS) * plan.seconds;
  delays = calloc(most, sizeof *delays);
  if (!delays)
    die("calloc");
  prctl(PR_SET_TIMERSLACK, 1);
  run(&plan);
  printf("{\"answered\":%ld,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}\n", answered, percentile_ms(0.5),
         percentile_ms(0.99), percentile_ms(1));
  return 0;
}
