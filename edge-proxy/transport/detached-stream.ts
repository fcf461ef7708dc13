import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/**
 * A stream over a socket that has been read before, for TLS to run in. On Deno a TLSSocket shares the socket's handle,
 * and a read that was under way at the upgrade hands the client's hello to the old reader. `head` is read first.
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
  // Not at once: TLS would take bytes that lie ready before it is laid over the stream for none, and one that fails
  // or closes before it has begun ends the process.
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
