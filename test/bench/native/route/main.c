// A route server: every account is on the store, or on one of several. One thread.
// Usage: route PORT STORE_HOST STORE_PORT [STORES]
//
// With several stores, an account's is STORE_HOST with a number from 0 behind it. GET /counts: the routes asked
// for so far, and all other requests.
//
// It answers two askers at once. nginx mail (auth_http) reads the Auth headers and no body; the edge reads
// the body, which is a Route of the route API's contract for the login in the path.
#define _GNU_SOURCE
#include "../loopback.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_EVENTS 256
#define LOGIN_SIZE 256
#define RESPONSE_SIZE 1024
#define ROUTES "/v1/routes/"

struct connection {
  int fd;
  size_t length;
  char input[8192];
};

// Answers to requests that came together are sent together.
struct output {
  size_t length;
  char bytes[64 * 1024];
};

static const char *store_host;
static uint16_t store_port;
static long stores = 1;
static long route_requests, other_requests;

// Decodes the login of a request target, up to its query. False when it is no login, or would need
// escapes in JSON.
static bool decode_login(const char *target, char login[LOGIN_SIZE]) {
  size_t length = 0;
  const char *p = target;
  while (*p && *p != '?' && *p != ' ' && *p != '/') {
    char byte = *p++;
    if (byte == '%') {
      if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]))
        return false;
      byte = strtol((char[]){p[0], p[1], '\0'}, NULL, 16);
      p += 2;
    }
    if ((unsigned char)byte < ' ' || byte == '"' || byte == '\\' || length + 1 == LOGIN_SIZE)
      return false;
    login[length++] = byte;
  }
  login[length] = '\0';
  return length > 0;
}

// The number of the store that has an account, as text; none where there is only one store.
static const char *store_number(const char *login) {
  static char number[16];
  unsigned hash = 0;
  for (const char *p = login; *p; p++)
    hash = hash * 31 + (unsigned char)*p;
  snprintf(number, sizeof number, "%ld", hash % stores);
  return stores > 1 ? number : "";
}

static size_t write_response(char *response, const char *status, const char *body) {
  return snprintf(response, RESPONSE_SIZE,
                  "HTTP/1.1 %s\r\n"
                  "Content-Type: application/json\r\n"
                  "Auth-Status: OK\r\n"
                  "Auth-Server: 127.0.0.1\r\n"
                  "Auth-Port: %u\r\n"
                  "Content-Length: %zu\r\n\r\n%s",
                  status, store_port, strlen(body), body);
}

// The answer to the request whose first line `request` starts with; its length. At most RESPONSE_SIZE.
static size_t answer(const char *request, char *response) {
  const char *target = strchr(request, ' ');
  char body[RESPONSE_SIZE];
  if (target && !strncmp(target + 1, "/counts", strlen("/counts"))) {
    snprintf(body, sizeof body, "{\"routes\":%ld,\"others\":%ld}", route_requests, other_requests);
    return write_response(response, "200 OK", body);
  }
  if (!target || strncmp(target + 1, ROUTES, strlen(ROUTES))) {
    other_requests++;
    return write_response(response, "200 OK", "{\"status\":\"ok\"}");
  }
  route_requests++;
  char login[LOGIN_SIZE];
  if (!decode_login(target + 1 + strlen(ROUTES), login))
    return write_response(response, "400 Bad Request", "{}");
  snprintf(body, sizeof body, "{\"account\":\"%s\",\"uuid\":\"%s\",\"mailHost\":[\"%s%s\"],\"version\":\"1\"}",
           login, login, store_host, store_number(login));
  return write_response(response, "200 OK", body);
}

static bool send_output(struct connection *c, struct output *output) {
  size_t length = output->length;
  output->length = 0;
  // The askers read what they asked for: a socket that does not take a few KiB is broken.
  return length == 0 || send(c->fd, output->bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

// Length of the request that starts at `start`, body included; 0 when it has not all come yet.
static size_t request_length(char *start, const char *end) {
  char *head_end = strstr(start, "\r\n\r\n");
  if (!head_end)
    return 0;
  char *header = strcasestr(start, "\r\ncontent-length:");
  size_t body = header && header < head_end ? strtoul(strchr(header, ':') + 1, NULL, 10) : 0;
  size_t length = head_end + 4 - start + body;
  return start + length <= end ? length : 0;
}

// Answers the requests that are complete. False: close the connection.
static bool answer_requests(struct connection *c) {
  static struct output output;
  char *start = c->input, *end = c->input + c->length;
  bool keep_alive = true;
  size_t length;
  while ((length = request_length(start, end))) {
    char *line_end = strstr(start, "\r\n");
    // nginx asks by HTTP/1.0 and waits for the end of the connection.
    if (memmem(start, line_end - start, "HTTP/1.0", 8))
      keep_alive = false;
    if (output.length + RESPONSE_SIZE > sizeof output.bytes && !send_output(c, &output))
      return false;
    output.length += answer(start, output.bytes + output.length);
    start += length;
  }
  if (!send_output(c, &output))
    return false;
  c->length = end - start;
  memmove(c->input, start, c->length + 1); // with the NUL
  return keep_alive;
}

static bool receive(struct connection *c) {
  size_t space = sizeof c->input - 1 - c->length;
  ssize_t received = space ? recv(c->fd, c->input + c->length, space, 0) : 0;
  if (received < 0 && errno == EAGAIN)
    return true;
  if (received <= 0)
    return false;
  c->length += received;
  c->input[c->length] = '\0';
  return answer_requests(c);
}

static void accept_connections(int epoll, int listener) {
  int fd;
  while ((fd = accept_connection(listener)) >= 0) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
      die("calloc");
    c->fd = fd;
    watch(epoll, fd, EPOLLIN, c);
  }
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) {
    fprintf(stderr, "usage: route PORT STORE_HOST STORE_PORT [STORES]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  store_host = argv[2];
  store_port = parse_number(argv[3], 65535);
  if (argc == 5)
    stores = parse_number(argv[4], 1000);
  int listener = listen_on_loopback(parse_number(argv[1], 65535));
  int epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN, NULL); // NULL: the listener
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (!c) {
        accept_connections(epoll, listener);
      } else if (!receive(c)) {
        close(c->fd);
        free(c);
      }
    }
  }
}
