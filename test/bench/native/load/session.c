#define _GNU_SOURCE
#include "load.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

// Sessions come from this many addresses, 127.0.0.2 and up: 9,000 of them need more local ports than one has
// to spare between two runs.
#define SOURCE_HOSTS 8

enum state { CONNECTING, HANDSHAKE, GREETING, LOGIN, STAYING, NOOP, LOGOUT, DOWNLOAD };

static const char *const state_names[] = {"connecting", "TLS handshake", "greeting", "login",
                                          "staying",    "NOOP",          "LOGOUT",   "download"};

struct session {
  struct channel channel;
  enum state state;
  uint16_t port;
  long id;
  double started_at;
  long long downloaded; // bytes behind the BULK command
  size_t length;
  char input[2048];
};

struct session *session_open(const struct plan *plan, long id) {
  struct session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->id = id;
  s->port = plan->port;
  s->started_at = now();
  if (channel_connect(&s->channel, plan->port, 2 + id % SOURCE_HOSTS, SOCK_NONBLOCK))
    return s;
  free(s);
  return NULL;
}

int session_fd(const struct session *s) {
  return s->channel.fd;
}

long session_id(const struct session *s) {
  return s->id;
}

uint16_t session_port(const struct session *s) {
  return s->port;
}

bool session_is_logged_in(const struct session *s) {
  return s->state == STAYING;
}

void session_free(struct session *s) {
  channel_close(&s->channel);
  free(s);
}

void session_describe(const struct session *s, char *text, size_t size) {
  snprintf(text, size, "%s: input \"%.100s\", TLS %s", state_names[s->state], s->input,
           ERR_error_string(ERR_peek_error(), NULL));
}

static enum progress send_command(struct session *s, enum state next, const char *command) {
  s->state = next;
  return channel_write(&s->channel, command) ? GOES_ON : FAILED;
}

static enum progress log_in(struct session *s, const struct plan *plan) {
  char command[128];
  long account = s->id % plan->accounts;
  snprintf(command, sizeof command, "a1 LOGIN u%ld@example.com secret%ld\r\n", account, account);
  return send_command(s, LOGIN, command);
}

static enum progress after_login(struct session *s, const struct plan *plan, struct tally *tally) {
  if (tally->logins < plan->sessions)
    tally->login_seconds[tally->logins++] = now() - s->started_at;
  char command[64];
  switch (plan->workload) {
  case CHURN:
    return send_command(s, NOOP, "a2 NOOP\r\n");
  case BULK:
    snprintf(command, sizeof command, "a2 BULK %lld\r\n", plan->download_mib);
    return send_command(s, DOWNLOAD, command);
  case IDLE:
    s->state = STAYING;
    return LOGGED_IN;
  }
  return FAILED;
}

static bool starts_with(const char *line, const char *prefix) {
  return !strncmp(line, prefix, strlen(prefix));
}

// Takes one line of the proxy's; untagged ones between the commands are passed over.
static enum progress take_line(struct session *s, const struct plan *plan, struct tally *tally,
                               const char *line) {
  switch (s->state) {
  case GREETING:
    return *line == '*' ? log_in(s, plan) : FAILED;
  case LOGIN:
    if (starts_with(line, "a1 OK"))
      return after_login(s, plan, tally);
    return starts_with(line, "a1 ") ? FAILED : GOES_ON;
  case NOOP:
    return starts_with(line, "a2 OK") ? send_command(s, LOGOUT, "a3 LOGOUT\r\n") : GOES_ON;
  case LOGOUT:
    return starts_with(line, "a3 OK") ? ENDED : GOES_ON;
  default:
    return GOES_ON;
  }
}

static enum progress finish_connect(struct session *s, const struct plan *plan, SSL_CTX *context,
                                    uint32_t events) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(s->channel.fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error)
    return FAILED;
  if (!(events & EPOLLOUT))
    return GOES_ON;
  if (plan->security != PLAIN)
    s->channel.tls = tls_start(context, s->channel.fd, plan->security);
  s->state = plan->security == PLAIN ? GREETING : HANDSHAKE;
  return GOES_ON;
}

static enum progress shake_hands(struct session *s, struct tally *tally) {
  ERR_clear_error();
  int result = SSL_do_handshake(s->channel.tls);
  if (result != 1) {
    int error = SSL_get_error(s->channel.tls, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? GOES_ON : FAILED;
  }
  if (SSL_session_reused(s->channel.tls))
    tally->resumed++;
  s->state = GREETING;
  return GOES_ON;
}

static enum progress read_lines(struct session *s, const struct plan *plan, struct tally *tally) {
  while (s->state != DOWNLOAD) {
    ssize_t received = channel_read(&s->channel, s->input + s->length, sizeof s->input - 1 - s->length);
    if (received == CHANNEL_EMPTY)
      return GOES_ON;
    if (received <= 0)
      return FAILED;
    s->length += received;
    s->input[s->length] = '\0';
    char *line = s->input, *newline;
    enum progress progress = GOES_ON;
    while (progress == GOES_ON && (newline = strchr(line, '\n'))) {
      *newline = '\0';
      progress = take_line(s, plan, tally, line);
      line = newline + 1;
    }
    if (progress == ENDED || progress == FAILED)
      return progress;
    s->length -= line - s->input;
    memmove(s->input, line, s->length + 1); // with the NUL
    if (progress == LOGGED_IN)
      return progress;
  }
  return GOES_ON;
}

// Counts what the store sends; only what comes behind the announced size is looked at: the tagged line.
static enum progress read_download(struct session *s, const struct plan *plan) {
  static char block[256 * 1024];
  const long long announced = plan->download_mib << 20;
  for (;;) {
    ssize_t received = channel_read(&s->channel, block, sizeof block);
    if (received == CHANNEL_EMPTY)
      return GOES_ON;
    if (received <= 0)
      return FAILED;
    s->downloaded += received;
    long long behind = s->downloaded - announced;
    if (behind <= 0)
      continue;
    size_t fresh = behind < received ? behind : received;
    if (s->length + fresh >= sizeof s->input)
      return FAILED;
    memcpy(s->input + s->length, block + received - fresh, fresh);
    s->length += fresh;
    s->input[s->length] = '\0';
    if (starts_with(s->input, "a2 OK") && strchr(s->input, '\n'))
      return ENDED;
  }
}

enum progress session_advance(struct session *s, const struct plan *plan, SSL_CTX *context,
                              struct tally *tally, uint32_t events) {
  enum progress progress = GOES_ON;
  if (s->state == CONNECTING)
    progress = finish_connect(s, plan, context, events);
  if (progress == GOES_ON && s->state == HANDSHAKE)
    progress = shake_hands(s, tally);
  if (progress == GOES_ON && s->state >= GREETING)
    progress = s->state == DOWNLOAD ? read_download(s, plan) : read_lines(s, plan, tally);
  return progress;
}
