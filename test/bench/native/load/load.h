// The load generator's plan, what became of it, and how its parts call each other.
#pragma once

#include "../loopback.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum security { PLAIN, TLS, TLS_RESUMED };

enum workload {
  CHURN, // log in, NOOP, log out
  BULK,  // log in, download
  IDLE,  // log in, stay
};

struct plan {
  uint16_t port;
  enum security security;
  enum workload workload;
  long sessions;
  long first;             // number of the first session; session n logs in as account n % accounts
  long accounts;
  long concurrency;       // sessions that are on their way to the end (IDLE: to the login) at once
  long long download_mib; // a session, BULK
  double limit_seconds;
};

struct tally {
  long started;
  long done;   // ended as planned
  long ready;  // logged in and staying (IDLE)
  long failed; // refused, cut off, or answered in another way than planned
  long resumed;
  long logins;
  double *login_seconds; // of each login, from connect to the tagged OK
  char first_error[256];
};

// channel.c: a connection to the proxy, with or without TLS.
struct channel {
  int fd;
  SSL *tls;
};
#define CHANNEL_EMPTY (-2) // nothing to read now

// Connects to the port from 127.0.0.`source_host`. `socket_flags`: SOCK_NONBLOCK or 0. False: errno says why.
bool channel_connect(struct channel *, uint16_t port, unsigned source_host, int socket_flags);
bool channel_write(struct channel *, const char *text);
// Number of bytes; 0: the peer has closed; -1: broken; CHANNEL_EMPTY.
ssize_t channel_read(struct channel *, char *bytes, int size);
void channel_close(struct channel *);

// tls.c: TLS 1.3 with one cipher and one group, so that all proxies do the same cryptography.
SSL_CTX *tls_context(enum security);
// A client's end of TLS over `fd`; offers the ticket that an earlier session got, if it is to.
SSL *tls_start(SSL_CTX *, int fd, enum security);

// session.c: one scripted session, driven by the events of its socket.
struct session;
enum progress { GOES_ON, LOGGED_IN, ENDED, FAILED };
// NULL: errno says why.
struct session *session_open(const struct plan *, long id);
// Does all that can be done now. `events` are epoll's.
enum progress session_advance(struct session *, const struct plan *, SSL_CTX *, struct tally *,
                              uint32_t events);
int session_fd(const struct session *);
long session_id(const struct session *);
uint16_t session_port(const struct session *);
bool session_is_logged_in(const struct session *);
// A line for the tally's first error.
void session_describe(const struct session *, char *text, size_t size);
void session_free(struct session *);

// noop.c: times `count` NOOPs, `interval_us` apart, in one more session; prints a line of JSON.
void time_noops(const struct plan *, SSL_CTX *, long count, long interval_us);

// reconnect.c: the sessions that stay in `epoll` end one by one; opens each again at the plan's port, at once. Prints
// the report when all are back, or when the plan's time is over.
void reconnect_sessions(int epoll, const struct plan *, SSL_CTX *);

// main.c
// Watches a session's socket.
void watch_session(int epoll, struct session *);
void count_failure(struct tally *, const struct session *);
// One line of JSON.
void print_report(const struct tally *, const char *broken_off, double seconds);
