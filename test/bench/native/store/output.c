#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// What BULK sends: lines of 64 bytes. Its size is a power of two, see send_bulk.
static char bulk_block[256 * 1024];

void fill_bulk_block(void) {
  for (size_t i = 0; i < sizeof bulk_block; i += 64) {
    memset(bulk_block + i, 'x', 62);
    memcpy(bulk_block + i + 62, "\r\n", 2);
  }
}

// Sends what the socket takes: the number of bytes, 0 when it takes none now, -1 when it is broken.
static ssize_t send_some(struct connection *c, const char *bytes, size_t length) {
  ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
  return sent < 0 && errno == EAGAIN ? 0 : sent;
}

bool respond(struct connection *c, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  size_t length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  ssize_t sent = c->output_length ? 0 : send_some(c, text, length);
  if (sent < 0)
    return false;
  size_t rest = length - sent;
  if (c->output_length + rest > sizeof c->output)
    return false;
  memcpy(c->output + c->output_length, text + sent, rest);
  c->output_length += rest;
  return true;
}

static bool send_bulk(struct connection *c) {
  while (c->bulk_left > 0) {
    // Where the block was left, counted from the end: what is sent last always ends with a whole line.
    size_t offset = -c->bulk_left & (sizeof bulk_block - 1);
    size_t length = sizeof bulk_block - offset;
    if ((long long)length > c->bulk_left)
      length = c->bulk_left;
    ssize_t sent = send_some(c, bulk_block + offset, length);
    if (sent <= 0)
      return sent == 0;
    c->bulk_left -= sent;
    if (c->bulk_left == 0)
      return respond(c, "%s OK BULK done\r\n", c->bulk_tag);
  }
  return true;
}

bool send_pending(struct connection *c) {
  if (c->output_length) {
    ssize_t sent = send_some(c, c->output, c->output_length);
    if (sent < 0)
      return false;
    c->output_length -= sent;
    memmove(c->output, c->output + sent, c->output_length);
    if (c->output_length)
      return true;
  }
  return send_bulk(c) && !(c->logged_out && c->output_length == 0);
}
