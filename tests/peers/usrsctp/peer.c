/*
 * An SCTP peer over UDP datagrams: usrsctp in AF_CONN mode, as browsers used it below DTLS.
 *
 *   peer PORT connect|listen
 *
 * sends its packets to 127.0.0.1:PORT, prints the port that it receives on (and what happens, to standard error), and
 * echoes every message on the stream on which it came. What the payload protocol identifier says:
 *
 *   53  echo it reliably, ordered or not as it came
 *   54  echo it with no retransmission            (RFC 3758, RFC 7496)
 *   55  echo it with a lifetime of 100 ms
 *   98  abort
 *   99  shut down
 *
 * When the other side resets a stream, it resets its own of that number (RFC 8831 §6.7). It ends after a minute.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

#define SCTP_PORT 5000
#define LIFETIME_SECONDS 60
#define STREAMS 1024

struct message {
    struct message *next;
    struct sctp_rcvinfo info;
    size_t len;
    unsigned char bytes[];
};

static int udp;
static struct sockaddr_in remote;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct message *first, **last = &first;
static struct socket *association;
/* Large messages come in parts, between which parts of other streams' messages may come. */
static struct {
    unsigned char *bytes;
    size_t len;
} partial[STREAMS];

static int on_output(void *address, void *packet, size_t len, uint8_t tos, uint8_t set_df)
{
    (void)address, (void)tos, (void)set_df;
    sendto(udp, packet, len, 0, (struct sockaddr *)&remote, sizeof remote);
    return 0;
}

static void reset_outgoing(struct socket *s, const struct sctp_stream_reset_event *event)
{
    size_t count = (event->strreset_length - sizeof *event) / sizeof(uint16_t);
    size_t len = sizeof(struct sctp_reset_streams) + count * sizeof(uint16_t);
    struct sctp_reset_streams *request;

    if (!(event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) || count == 0)
        return;
    request = calloc(1, len);
    request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    request->srs_number_streams = (uint16_t)count;
    memcpy(request->srs_stream_list, event->strreset_stream_list, count * sizeof(uint16_t));
    if (usrsctp_setsockopt(s, IPPROTO_SCTP, SCTP_RESET_STREAMS, request, (socklen_t)len) < 0)
        perror("SCTP_RESET_STREAMS");
    free(request);
}

static void on_notification(struct socket *s, const union sctp_notification *event)
{
    switch (event->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        fprintf(stderr, "association %u\n", event->sn_assoc_change.sac_state);
        break;
    case SCTP_STREAM_RESET_EVENT:
        fprintf(stderr, "reset %04x\n", event->sn_strreset_event.strreset_flags);
        reset_outgoing(s, &event->sn_strreset_event);
        break;
    default:
        break;
    }
}

/* A message, or a part of it: MSG_EOR marks the last. */
static int on_receive(struct socket *s, union sctp_sockstore from, void *data, size_t len,
                      struct sctp_rcvinfo info, int flags, void *user)
{
    size_t sid;

    (void)from, (void)user;
    if (data == NULL)
        return 1;
    if (flags & MSG_NOTIFICATION) {
        on_notification(s, data);
        free(data);
        return 1;
    }
    sid = info.rcv_sid % STREAMS;
    partial[sid].bytes = realloc(partial[sid].bytes, partial[sid].len + len);
    memcpy(partial[sid].bytes + partial[sid].len, data, len);
    partial[sid].len += len;
    free(data);
    if (flags & MSG_EOR) {
        struct message *message = malloc(sizeof *message + partial[sid].len);
        message->next = NULL;
        message->info = info;
        message->len = partial[sid].len;
        memcpy(message->bytes, partial[sid].bytes, partial[sid].len);
        partial[sid].len = 0;
        pthread_mutex_lock(&lock);
        *last = message;
        last = &message->next;
        pthread_mutex_unlock(&lock);
    }
    return 1;
}

static int echo(const struct message *message)
{
    struct sctp_sendv_spa how = {0};
    uint32_t ppid = ntohl(message->info.rcv_ppid);

    how.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    how.sendv_sndinfo.snd_sid = message->info.rcv_sid;
    how.sendv_sndinfo.snd_ppid = message->info.rcv_ppid;
    how.sendv_sndinfo.snd_flags = SCTP_EOR;
    if (message->info.rcv_flags & SCTP_UNORDERED)
        how.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    if (ppid == 54 || ppid == 55) {
        how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        how.sendv_prinfo.pr_policy = ppid == 54 ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
        how.sendv_prinfo.pr_value = ppid == 54 ? 0 : 100;
    }
    return usrsctp_sendv(association, message->bytes, message->len, NULL, 0, &how, sizeof how,
                         SCTP_SENDV_SPA, 0) == (ssize_t)message->len;
}

/* Echoes what has come, until the send buffer is full. Returns whether to go on at all. */
static int flush_echoes(void)
{
    for (;;) {
        struct message *message;
        uint32_t ppid;

        pthread_mutex_lock(&lock);
        message = first;
        pthread_mutex_unlock(&lock);
        if (message == NULL)
            return 1;
        ppid = ntohl(message->info.rcv_ppid);
        if (ppid == 98) {
            struct linger linger = {.l_onoff = 1, .l_linger = 0};
            usrsctp_setsockopt(association, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
            usrsctp_close(association);
            return 0;
        }
        if (ppid == 99) {
            usrsctp_shutdown(association, SHUT_WR);
        } else if (!echo(message)) {
            return errno == EWOULDBLOCK || errno == EAGAIN;
        }
        pthread_mutex_lock(&lock);
        first = message->next;
        if (first == NULL)
            last = &first;
        pthread_mutex_unlock(&lock);
        free(message);
    }
}

static void set(struct socket *s, int level, int name, const void *value, size_t len)
{
    if (usrsctp_setsockopt(s, level, name, value, (socklen_t)len) < 0) {
        perror("setsockopt");
        exit(1);
    }
}

static void configure(struct socket *s)
{
    const int buffer = 4 << 20, whole = 1 << 20, on = 1;
    struct sctp_initmsg init = {.sinit_num_ostreams = STREAMS, .sinit_max_instreams = STREAMS};
    struct sctp_rtoinfo rto = {.srto_initial = 200, .srto_min = 100, .srto_max = 1000};
    struct sctp_assoc_value resets = {.assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT};
    size_t i;

    set(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    set(s, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    /* While the library delivers a message in parts, it may deliver the next of the same stream before the last part. */
    set(s, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, &whole, sizeof whole);
    set(s, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    set(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    set(s, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof rto);
    set(s, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets);
    set(s, IPPROTO_SCTP, SCTP_EXPLICIT_EOR, &on, sizeof on);
    for (i = 0; i < sizeof events / sizeof *events; i++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = events[i], .se_on = 1};
        set(s, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
    usrsctp_set_non_blocking(s, 1);
}

int main(int argc, char **argv)
{
    struct sockaddr_in local = {.sin_family = AF_INET};
    struct sockaddr_conn here = {.sconn_family = AF_CONN, .sconn_port = htons(SCTP_PORT)};
    socklen_t len = sizeof local;
    struct socket *s;
    time_t end = time(NULL) + LIFETIME_SECONDS;
    int connects;

    if (argc != 3)
        return 2;
    connects = strcmp(argv[2], "connect") == 0;
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    remote = local;
    remote.sin_port = htons((uint16_t)atoi(argv[1]));
    if (bind(udp, (struct sockaddr *)&local, sizeof local) < 0)
        return 1;
    getsockname(udp, (struct sockaddr *)&local, &len);
    printf("port %u\n", ntohs(local.sin_port));
    fflush(stdout);

    usrsctp_init(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_blackhole(2);
    here.sconn_addr = &udp;
    usrsctp_register_address(&udp);
    s = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, NULL, 0, NULL);
    configure(s);
    if (usrsctp_bind(s, (struct sockaddr *)&here, sizeof here) < 0)
        return 1;
    if (connects) {
        if (usrsctp_connect(s, (struct sockaddr *)&here, sizeof here) < 0 && errno != EINPROGRESS)
            return 1;
        association = s;
    } else if (usrsctp_listen(s, 1) < 0) {
        return 1;
    }

    while (time(NULL) < end) {
        struct pollfd ready = {.fd = udp, .events = POLLIN};
        unsigned char packet[65536];

        if (poll(&ready, 1, 2) > 0) {
            ssize_t received = recv(udp, packet, sizeof packet, 0);
            if (received > 0)
                usrsctp_conninput(&udp, packet, (size_t)received, 0);
        }
        if (association == NULL) {
            association = usrsctp_accept(s, NULL, NULL);
            if (association != NULL)
                usrsctp_set_non_blocking(association, 1);
        }
        if (association != NULL && !flush_echoes())
            break;
    }
    /* What is still to be sent leaves with the timers of the library. */
    usleep(200000);
    _exit(0);
}
