#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct probe {
  struct channel channel;
  char input[4096];
};

// Reads, and waits, until the tagged OK has come.
static bool wait_for_ok(struct probe *probe, const char *tagged_ok) {
  size_t length = 0;
  for (;;) {
    ssize_t received = channel_read(&probe->channel, probe->input + length, sizeof probe->input - 1 - length);
    if (received <= 0)
      return false;
    length += received;
    probe->input[length] = '\0';
    const char *ok = strstr(probe->input, tagged_ok);
    if (ok && strchr(ok, '\n'))
      return true;
  }
}

static bool open_probe(struct probe *probe, const struct plan *plan, SSL_CTX *context) {
  if (!channel_connect(&probe->channel, plan->port, 1, 0))
    return false;
  if (plan->security != PLAIN) {
    probe->channel.tls = tls_start(context, probe->channel.fd, plan->security);
    if (SSL_do_handshake(probe->channel.tls) != 1) {
      channel_close(&probe->channel);
      return false;
    }
  }
  bool greeted = channel_read(&probe->channel, probe->input, sizeof probe->input) > 0;
  if (greeted && channel_write(&probe->channel, "a1 LOGIN noop@example.com secret\r\n") &&
      wait_for_ok(probe, "a1 OK"))
    return true;
  channel_close(&probe->channel);
  return false;
}

void time_noops(const struct plan *plan, SSL_CTX *context, long count, long interval_us) {
  struct probe probe;
  double *seconds = calloc(count, sizeof *seconds);
  long timed = 0;
  if (seconds && open_probe(&probe, plan, context)) {
    while (timed < count) {
      double sent_at = now();
      if (!channel_write(&probe.channel, "a2 NOOP\r\n") || !wait_for_ok(&probe, "a2 OK"))
        break;
      seconds[timed++] = now() - sent_at;
      struct timespec pause = {.tv_sec = interval_us / 1000000, .tv_nsec = interval_us % 1000000 * 1000};
      nanosleep(&pause, NULL);
    }
    channel_write(&probe.channel, "a3 LOGOUT\r\n");
    channel_close(&probe.channel);
  }
  printf("{\"timed\":%ld,\"p50Us\":%.1f,\"p99Us\":%.1f}\n", timed, percentile(seconds, timed, 0.50) * 1e6,
         percentile(seconds, timed, 0.99) * 1e6);
  fflush(stdout);
  free(seconds);
}
