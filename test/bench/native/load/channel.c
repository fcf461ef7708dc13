#define _GNU_SOURCE
#include "load.h"


#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24 // linux/in.h, which cannot be included beside netinet/in.h
#endif

bool channel_connect(struct channel *channel, uint16_t port, unsigned source_host, int socket_flags) {
  int fd = socket(AF_INET, SOCK_STREAM | socket_flags, 0);
  *channel = (struct channel){.fd = fd};
  if (fd < 0)
    return false;
  disable_nagle(fd);
  // The local port is chosen at connect: it need be free towards this target only.
  int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  struct sockaddr_in source = loopback_address(source_host, 0), target = loopback_address(1, port);
  if (bind(fd, (struct sockaddr *)&source, sizeof source) == 0 &&
      (connect(fd, (struct sockaddr *)&target, sizeof target) == 0 || errno == EINPROGRESS))
    return true;
  int error = errno;
  close(fd);
  errno = error;
  return false;
}

bool channel_write(struct channel *channel, const char *text) {
  int length = strlen(text);
  if (channel->tls)
    return SSL_write(channel->tls, text, length) == length;
  return send(channel->fd, text, length, MSG_NOSIGNAL) == length;
}

ssize_t channel_read(struct channel *channel, char *bytes, int size) {
  if (!channel->tls) {
    ssize_t received = recv(channel->fd, bytes, size, 0);
    return received < 0 && errno == EAGAIN ? CHANNEL_EMPTY : received;
  }
  ERR_clear_error();
  int received = SSL_read(channel->tls, bytes, size);
  if (received > 0)
    return received;
  switch (SSL_get_error(channel->tls, received)) {
  case SSL_ERROR_WANT_READ:
    return CHANNEL_EMPTY;
  case SSL_ERROR_ZERO_RETURN:
    return 0;
  default:
    return -1;
  }
}

void channel_close(struct channel *channel) {
  if (channel->tls) {
    // Marks the session as ended in order, without an alert on the wire.
    SSL_set_quiet_shutdown(channel->tls, 1);
    SSL_shutdown(channel->tls);
    SSL_free(channel->tls);
  }
  close(channel->fd);
}
