// The load generator: IMAP clients on one thread, against a port of 127.0.0.1.
//
//   load PORT plain|tls|resume churn SESSIONS CONCURRENCY
//   load PORT plain|tls|resume bulk SESSIONS MIB            all sessions at once, MIB each
//   load PORT plain|tls|resume idle SESSIONS CONCURRENCY    then takes commands from its input:
//        noop COUNT INTERVAL_US      times NOOPs in one more session
//        reconnect PORT SECONDS      opens each session again, at PORT, when it ends
//        quit
//
// Behind these, FIRST ACCOUNTS: the number of the first session, and how many accounts log in.
//
// Prints one line of JSON when the sessions are done (idle: logged in). Ends with 1 when any failed.
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENTS 256
#define RUN_LIMIT_SECONDS 60
#define IDLE_LIMIT_SECONDS 90
#define TICKET_LIMIT_SECONDS 10
#define DEFAULT_ACCOUNTS 1000
#define COMMAND_LIMIT_SECONDS 1200 // idle: without a command for so long, it ends by itself
#define MANY_FAILURES 200         // with more of them than of successes, the rest is not tried

void count_failure(struct tally *tally, const struct session *s) {
  tally->failed++;
  if (!tally->first_error[0] && s)
    session_describe(s, tally->first_error, sizeof tally->first_error);
  ERR_clear_error();
}

void watch_session(int epoll, struct session *s) {
  watch(epoll, session_fd(s), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, s);
}

static void start_session(int epoll, const struct plan *plan, struct tally *tally) {
  struct session *s = session_open(plan, plan->first + tally->started++);
  if (!s) {
    if (!tally->first_error[0])
      snprintf(tally->first_error, sizeof tally->first_error, "connect: %s", strerror(errno));
    count_failure(tally, NULL);
    return;
  }
  watch_session(epoll, s);
}

static long settled(const struct tally *tally) {
  return tally->done + tally->ready + tally->failed;
}

static void start_sessions(int epoll, const struct plan *plan, struct tally *tally) {
  while (tally->started < plan->sessions && tally->started - settled(tally) < plan->concurrency)
    start_session(epoll, plan, tally);
}

static void handle_event(const struct epoll_event *event, const struct plan *plan, SSL_CTX *context,
                         struct tally *tally) {
  struct session *s = event->data.ptr;
  bool was_logged_in = session_is_logged_in(s);
  switch (session_advance(s, plan, context, tally, event->events)) {
  case GOES_ON:
    return;
  case LOGGED_IN:
    tally->ready++;
    return;
  case ENDED:
    tally->done++;
    break;
  case FAILED:
    tally->ready -= was_logged_in;
    count_failure(tally, s);
    break;
  }
  session_free(s);
}

// Runs the plan to its end. NULL, or why it was broken off.
static const char *run(int epoll, const struct plan *plan, SSL_CTX *context, struct tally *tally) {
  double deadline = now() + plan->limit_seconds;
  start_sessions(epoll, plan, tally);
  while (settled(tally) < plan->sessions) {
    if (now() > deadline)
      return "time limit";
    if (tally->failed > MANY_FAILURES && tally->failed > tally->done + tally->ready)
      return "too many failures";
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, 200);
    for (int i = 0; i < count; i++)
      handle_event(&events[i], plan, context, tally);
    start_sessions(epoll, plan, tally);
  }
  return NULL;
}

void print_report(const struct tally *tally, const char *broken_off, double seconds) {
  printf("{\"done\":%ld,\"ready\":%ld,\"failed\":%ld,\"resumed\":%ld,\"brokenOff\":\"%s\",\"seconds\":%.3f,"
         "\"loginP50Ms\":%.3f,\"loginP99Ms\":%.3f}\n",
         tally->done, tally->ready, tally->failed, tally->resumed, broken_off ? broken_off : "", seconds,
         percentile(tally->login_seconds, tally->logins, 0.50) * 1e3,
         percentile(tally->login_seconds, tally->logins, 0.99) * 1e3);
  fflush(stdout);
  if (tally->first_error[0])
    fprintf(stderr, "first error: %s\n", tally->first_error);
}

// Keeps the idle sessions open until it is told to quit, or nobody is there to tell it.
static void take_commands(int epoll, const struct plan *plan, SSL_CTX *context) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  char line[256];
  while (poll(&input, 1, COMMAND_LIMIT_SECONDS * 1000) > 0 && fgets(line, sizeof line, stdin)) {
    long count, interval_us, port, seconds;
    if (sscanf(line, "noop %ld %ld", &count, &interval_us) == 2)
      time_noops(plan, context, count, interval_us);
    else if (sscanf(line, "reconnect %ld %ld", &port, &seconds) == 2) {
      struct plan again = *plan;
      again.port = port;
      again.limit_seconds = seconds;
      reconnect_sessions(epoll, &again, context);
    } else
      return;
  }
}

static int one_of(const char *word, const char *const *words) {
  for (int i = 0; words[i]; i++)
    if (!strcmp(word, words[i]))
      return i;
  fprintf(stderr, "%s: not known, see the head of main.c\n", word);
  exit(2);
}

static struct plan parse_plan(char **arguments) {
  static const char *const securities[] = {"plain", "tls", "resume", NULL};
  static const char *const workloads[] = {"churn", "bulk", "idle", NULL};
  struct plan plan = {
      .port = parse_number(arguments[0], 65535),
      .security = one_of(arguments[1], securities),
      .workload = one_of(arguments[2], workloads),
      .sessions = parse_number(arguments[3], 1000000),
      .accounts = DEFAULT_ACCOUNTS,
  };
  long last = parse_number(arguments[4], 1000000);
  plan.concurrency = plan.workload == BULK ? plan.sessions : last;
  plan.download_mib = plan.workload == BULK ? last : 0;
  if (arguments[5]) {
    plan.first = parse_number(arguments[5], 1000000);
    plan.accounts = parse_number(arguments[6], 1000000);
  }
  plan.limit_seconds = plan.workload == IDLE ? IDLE_LIMIT_SECONDS : RUN_LIMIT_SECONDS;
  return plan;
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 8) {
    fprintf(stderr, "usage: load PORT plain|tls|resume churn|bulk|idle SESSIONS CONCURRENCY|MIB [FIRST ACCOUNTS]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  struct plan plan = parse_plan(argv + 1);
  struct tally tally = {.login_seconds = calloc(plan.sessions, sizeof(double))};
  if (!tally.login_seconds)
    die("calloc");
  SSL_CTX *context = tls_context(plan.security);
  int epoll = epoll_create1(0);
  double started_at = now();
  const char *broken_off = NULL;
  if (plan.security == TLS_RESUMED) { // one session for the ticket that the others offer
    struct plan first = plan;
    first.sessions = 1;
    first.limit_seconds = TICKET_LIMIT_SECONDS;
    broken_off = run(epoll, &first, context, &tally);
  }
  if (!broken_off)
    broken_off = run(epoll, &plan, context, &tally);
  print_report(&tally, broken_off, now() - started_at);
  if (plan.workload == IDLE)
    take_commands(epoll, &plan, context);
  return broken_off || tally.failed;
}
