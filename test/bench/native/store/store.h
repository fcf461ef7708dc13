// A connection of the fake store, and how its parts call each other.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CAPABILITIES "IMAP4rev1 SASL-IR ID AUTH=PLAIN IDLE"
#define TAG_SIZE 64

enum expected { COMMAND, LOGIN_LITERAL, SASL_RESPONSE };

struct connection {
  int fd;
  enum expected expected;
  bool logged_out; // close as soon as the output is sent
  char tag[TAG_SIZE];
  char bulk_tag[TAG_SIZE];
  long long bulk_left; // bytes of a BULK answer that are still to be sent
  size_t input_length;
  size_t output_length;
  char input[1024];
  char output[512];
};

// All of these return false when the connection is to be closed.

// output.c: sends a response, or keeps for later what the socket does not take.
__attribute__((format(printf, 2, 3))) bool respond(struct connection *, const char *format, ...);
// Sends what was kept, then what is left of a BULK answer.
bool send_pending(struct connection *);

// commands.c: answers one line, without its end.
bool handle_line(struct connection *, char *line);

// output.c, once at the start.
void fill_bulk_block(void);
