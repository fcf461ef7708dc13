#include "load.h"

#include <stdlib.h>

// The first ticket of the run, serialized: each session that offers it gets a copy of its own, so that one
// that ends badly cannot spoil it for the others.
static unsigned char *ticket;
static int ticket_length;

static int keep_first_ticket(SSL *tls, SSL_SESSION *session) {
  (void)tls;
  if (!ticket)
    ticket_length = i2d_SSL_SESSION(session, &ticket);
  return 0; // the session stays OpenSSL's
}

SSL_CTX *tls_context(enum security security) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  // X25519 is the share that is sent; Perdition knows no other curve than P-256.
  SSL_CTX_set1_groups_list(context, "X25519:P-256");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  if (security == TLS_RESUMED) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_first_ticket);
  }
  return context;
}

SSL *tls_start(SSL_CTX *context, int fd, enum security security) {
  SSL *tls = SSL_new(context);
  SSL_set_fd(tls, fd);
  SSL_set_connect_state(tls);
  if (security == TLS_RESUMED && ticket) {
    const unsigned char *bytes = ticket;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &bytes, ticket_length);
    SSL_set_session(tls, session);
    SSL_SESSION_free(session);
  }
  return tls;
}
