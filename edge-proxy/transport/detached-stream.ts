import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/**
 * A stream over a socket that has already been read from, for TLS to run over. On Deno a TLSSocket shares the socket's
 * handle, and a read in progress at the upgrade delivers the client's hello to the old reader. `head` is read first.
 */
export function detachedStream(socket: Socket, head: Uint8Array | undefined): Duplex {
  let begun = false;
  const stream = new Duplex({
    read: () => void (begun && socket.resume()),
    write: (bytes, _encoding, done) => void socket.write(bytes, (error) => done(error ?? null)),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  // Deferred: TLS would miss bytes that are ready before it is attached, and a stream that fails or closes before TLS
  // begins would end the process.
  socket.pause();
  setImmediate(() => {
    begun = true;
    if (socket.destroyed) return void stream.destroy();
    if (head !== undefined && head.length > 0) stream.push(head);
    socket.on("data", (bytes) => {
      if (!stream.push(bytes)) socket.pause();
    });
    socket.on("end", () => stream.push(null));
    socket.on("close", () => stream.destroy());
    socket.resume();
  });
  return stream;
}
