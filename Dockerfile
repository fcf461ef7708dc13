# The image of the Messaging Multiplexor: one compiled file and the C library. docs/image.md says how it is built and run.
# First `npm run image`, which leaves dist/image/<arch>.tar here; nothing is downloaded.
FROM scratch
ARG TARGETARCH
# A tar, so that the owners in it hold: all is root's but the route store's folder.
ADD dist/image/${TARGETARCH}.tar /

ENV MMP_CONFIG=/etc/mmp/mmp.yaml
WORKDIR /var/lib/mmp
USER 65532:65532

# IMAP, IMAP over TLS, POP3, POP3 over TLS, route API: as the documentation's examples have them; mmp.yaml decides.
EXPOSE 1143 1993 1110 1995 8080
VOLUME /var/lib/mmp

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/mmp", "health"]
ENTRYPOINT ["/usr/bin/mmp"]
CMD ["up"]
