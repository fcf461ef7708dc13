#define _GNU_SOURCE
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool accept_login(struct connection *c) {
  c->expected = COMMAND;
  return respond(c, "%s OK [CAPABILITY " CAPABILITIES "] Logged in\r\n", c->tag);
}

// When the line announces a literal, asks for it and returns true; LITERAL+ is not asked for (RFC 7888).
static bool takes_literal(struct connection *c, const char *line, bool *open) {
  size_t length = strlen(line);
  if (length == 0 || line[length - 1] != '}')
    return false;
  c->expected = LOGIN_LITERAL;
  bool synchronizing = length < 2 || line[length - 2] != '+';
  *open = !synchronizing || respond(c, "+ OK\r\n");
  return true;
}

static bool handle_login(struct connection *c, const char *arguments) {
  bool open;
  return takes_literal(c, arguments, &open) ? open : accept_login(c);
}

static bool handle_authenticate(struct connection *c, const char *arguments) {
  bool initial_response = strchr(arguments, ' ') != NULL;
  if (initial_response)
    return accept_login(c);
  c->expected = SASL_RESPONSE;
  return respond(c, "+ \r\n");
}

static bool handle_noop(struct connection *c, const char *arguments) {
  (void)arguments;
  return respond(c, "%s OK NOOP\r\n", c->tag);
}

static bool handle_capability(struct connection *c, const char *arguments) {
  (void)arguments;
  return respond(c, "* CAPABILITY " CAPABILITIES "\r\n%s OK CAPABILITY\r\n", c->tag);
}

static bool handle_id(struct connection *c, const char *arguments) {
  (void)arguments;
  return respond(c, "* ID NIL\r\n%s OK ID\r\n", c->tag);
}

// BULK n is no IMAP: n MiB of lines, then the tagged response.
static bool handle_bulk(struct connection *c, const char *arguments) {
  c->bulk_left = atoll(arguments) << 20;
  strcpy(c->bulk_tag, c->tag);
  return send_pending(c);
}

static bool handle_logout(struct connection *c, const char *arguments) {
  (void)arguments;
  c->logged_out = true;
  return respond(c, "* BYE\r\n%s OK LOGOUT\r\n", c->tag) && send_pending(c);
}

static const struct {
  const char *name;
  bool (*handle)(struct connection *, const char *arguments);
} commands[] = {
    {"LOGIN", handle_login},   {"AUTHENTICATE", handle_authenticate},
    {"NOOP", handle_noop},     {"CAPABILITY", handle_capability},
    {"ID", handle_id},         {"BULK", handle_bulk},
    {"LOGOUT", handle_logout},
};

static bool handle_command(struct connection *c, char *line) {
  char *rest = line;
  const char *tag = strsep(&rest, " ");
  if (!rest)
    return respond(c, "* BAD no command\r\n");
  if (strlen(tag) >= TAG_SIZE)
    return false;
  strcpy(c->tag, tag);
  const char *name = strsep(&rest, " ");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (!strcasecmp(name, commands[i].name))
      return commands[i].handle(c, rest ? rest : "");
  return respond(c, "%s BAD unknown command\r\n", c->tag);
}

bool handle_line(struct connection *c, char *line) {
  bool open;
  switch (c->expected) {
  case LOGIN_LITERAL:
    return takes_literal(c, line, &open) ? open : accept_login(c);
  case SASL_RESPONSE:
    return accept_login(c);
  case COMMAND:
    return handle_command(c, line);
  }
  return false;
}
