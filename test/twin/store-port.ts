/** Where the stores of the twin listen. */
export const STORE_PORT = 143;
