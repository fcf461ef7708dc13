# The image of the Messaging Multiplexor: one executable and the C library. See docs/image.md for how to build and run it.
# Run `npm run image` first: it writes dist/image/<arch>.tar. Nothing is downloaded here.
FROM scratch
ARG TARGETARCH
# A tar keeps the owners of files: root owns everything except the route store's folder.
ADD dist/image/${TARGETARCH}.tar /

ENV MMP_CONFIG=/etc/mmp/mmp.yaml
WORKDIR /var/lib/mmp
USER 65532:65532

# IMAP, IMAP over TLS, POP3, POP3 over TLS and route API as in the documentation's examples; mmp.yaml decides.
EXPOSE 1143 1993 1110 1995 8080
VOLUME /var/lib/mmp

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/mmp", "health"]
ENTRYPOINT ["/usr/bin/mmp"]
CMD ["up"]
