/** Where the route API listens if its configuration does not say. Apart from the schema, which takes its time to load. */
export const LISTEN_DEFAULT = "127.0.0.1:8080";
