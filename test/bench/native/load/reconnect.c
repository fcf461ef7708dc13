#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define MAX_EVENTS 256
#define MANY_FAILURES 1000 // each is tried again at once: an edge that refuses all would be asked without end

static void open_again(int epoll, const struct plan *plan, struct tally *tally, long id) {
  struct session *s = session_open(plan, id);
  if (!s) {
    count_failure(tally, NULL); // no port or file is left: it stays away, and the report says so
    return;
  }
  tally->started++;
  watch_session(epoll, s);
}

static void handle_event(int epoll, const struct epoll_event *event, const struct plan *plan, SSL_CTX *context,
                         struct tally *tally) {
  struct session *s = event->data.ptr;
  bool stayed = session_is_logged_in(s), was_old = session_port(s) != plan->port;
  enum progress progress = session_advance(s, plan, context, tally, event->events);
  if (progress == GOES_ON)
    return;
  if (progress == LOGGED_IN) {
    tally->ready++;
    return;
  }
  // The end of a session at the old port is what is waited for; one at the new port ought to stay.
  if (!was_old) {
    tally->ready -= stayed;
    count_failure(tally, s);
  }
  long id = session_id(s);
  session_free(s);
  open_again(epoll, plan, tally, id);
}

void reconnect_sessions(int epoll, const struct plan *plan, SSL_CTX *context) {
  struct tally tally = {.login_seconds = calloc(plan->sessions, sizeof(double))};
  double started_at = now();
  const char *broken_off = tally.login_seconds ? NULL : "out of memory";
  while (!broken_off && tally.ready < plan->sessions) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, 200);
    for (int i = 0; i < count; i++)
      handle_event(epoll, &events[i], plan, context, &tally);
    if (now() - started_at > plan->limit_seconds)
      broken_off = "time limit";
    else if (tally.failed > MANY_FAILURES)
      broken_off = "too many failures";
  }
  print_report(&tally, broken_off, now() - started_at);
  free(tally.login_seconds);
}
