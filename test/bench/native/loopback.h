// What the programs share: sockets on the loopback interface, and on no other; times.
#pragma once

#include <netinet/in.h>
#include <stdint.h>

// The address 127.0.0.`host`, port `port`.
struct sockaddr_in loopback_address(unsigned host, uint16_t port);

// A non-blocking listener on 127.0.0.1. Ends the program when the port cannot be had.
int listen_on_loopback(uint16_t port);

// The next waiting connection, non-blocking, or -1 when there is none.
int accept_connection(int listener);

void disable_nagle(int fd);

// Adds `fd` to the epoll set `epoll`; its events come back with `data`.
void watch(int epoll, int fd, uint32_t events, void *data);

// As many open files as the hard limit allows.
void raise_file_limit(void);

// Seconds of a clock that only goes forward.
double now(void);

// The value that a share `p` of the others is below; 0 where there is none. Sorts them.
double percentile(double *values, long count, double p);

// A decimal number from the command line between 1 and `max`. Ends the program when it is none.
long parse_number(const char *text, long max);

// Prints why the last system call failed, and ends the program.
_Noreturn void die(const char *what);
