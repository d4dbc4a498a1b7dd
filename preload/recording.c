/* recording.c - makes, maps and grows the recording file.
 *
 * Called by the recorder's start and by its slow paths. Always holds: what the header
 * counts is mapped and has room on the disk (which is made before it is mapped, so a full disk is
 * an error here and never a SIGBUS in the program); an array is contiguous in memory, since
 * its address range was reserved at the start. It must not keep the program from using its
 * file descriptors: ours is a high one, and is checked to be still ours before each use.
 */
#include "preload/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "preload/calls.h"
#include "preload/memory.h"
#include "preload/spin.h"

struct recording recording;

/* Address space reserved for each array, in MiB: inaccessible until used, so it costs
 * nothing but addresses. Scaled down together where the address space is limited. */
static const uint32_t reserved_mib[REC_ARRAYS] = {
    [REC_TEXT] = 64,     [REC_MODULES] = 16,   [REC_LOCATIONS] = 256, [REC_NODES] = 1024,
    [REC_THREADS] = 16,  [REC_RECORDS] = 4096, [REC_GROWTHS] = 1024,  [REC_CHAINS] = 1024,
    [REC_LINKS] = 1024,  [REC_TIMELINES] = 1,  [REC_TIMED] = 512,     [REC_OUTLIERS] = 1024,
    [REC_SERIES] = 1024, [REC_SAMPLES] = 256,
};

enum {
    REFUSALS_PER_TRY = 256,
    /* Beyond so many we do not go: the kernel's table of them is as long as the highest one needs,
     * and copied by each fork. As many is what a process may have, unless someone says otherwise.
     */
    DESCRIPTORS = 1024,
    /* On a tmpfs each page is memory, and dear to make: so the header and the chunks get their room
     * in steps, of a page or of so much at least; the first one of arrays of which most programs
     * need little, of a page or two */
    PAGE = 4096,
    STEP = 16384,
    AHEAD = 16 * REC_CHUNK
};

static const uint8_t first_step_pages[REC_ARRAYS] = {
    [REC_TEXT] = 1,    [REC_MODULES] = 1,   [REC_LOCATIONS] = 4, [REC_NODES] = 4,
    [REC_THREADS] = 2, [REC_RECORDS] = 4,   [REC_GROWTHS] = 4,   [REC_CHAINS] = 1,
    [REC_LINKS] = 4,   [REC_TIMELINES] = 4, [REC_TIMED] = 1,     [REC_OUTLIERS] = 1,
    [REC_SERIES] = 4,  [REC_SAMPLES] = 4,
};

_Static_assert(REC_CHUNK % PAGE == 0 && REC_HEADER_BYTES % PAGE == 0, "both are whole pages");

static struct {
    struct spin lock;
    int fd;
    uint64_t identity[2]; /* of the file: a descriptor number can be closed and reused */
    const char *path;
    uint64_t file_bytes;         /* header and chunks */
    uint64_t length_bytes;       /* how long the file is, at least */
    uint64_t header_bytes;       /* how much of the header has room */
    bool in_memory;              /* it lies on a tmpfs */
    uint32_t chunks[REC_ARRAYS]; /* mapped for each array */
    uint32_t chunks_reserved[REC_ARRAYS];
    uint64_t last_chunk[REC_ARRAYS]; /* of each array: where it is in the file, */
    uint32_t last_bytes[REC_ARRAYS]; /* how much of it may be used, */
    uint64_t room[REC_ARRAYS];       /* and for how many elements there is room in all */
    uint32_t refusals;               /* since the last try to grow */
    size_t reserved_bytes;           /* of address space, from base[0] on */
    uint64_t most_bytes;             /* to reserve */
} file = {.fd = -1, .path = "", .most_bytes = UINT64_MAX};

const char *recording_path(void)
{
    return file.path;
}

void recording_limit(uint64_t bytes)
{
    file.most_bytes = bytes;
}

/* Reserves address space for all arrays; halves the wish until the system grants it. */
static int reserve(void)
{
    uint64_t scale_down = 1, total = 0;

    for (int a = 0; a < REC_ARRAYS; a++)
        total += (uint64_t)reserved_mib[a] << 20;
    while (total / scale_down > file.most_bytes)
        scale_down *= 2;
    for (; scale_down <= 65536; scale_down *= 2) {
        size_t bytes = 0;
        for (int a = 0; a < REC_ARRAYS; a++) {
            uint64_t wanted = ((uint64_t)reserved_mib[a] << 20) / scale_down;
            file.chunks_reserved[a] = (uint32_t)((wanted + REC_CHUNK - 1) / REC_CHUNK);
            bytes += (size_t)file.chunks_reserved[a] * REC_CHUNK;
        }
        long at = sys_mmap_wish(memory_place(bytes), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                                MAP_NORESERVE, -1, 0);
        if (sys_failed(at))
            continue;
        uint8_t *next = (uint8_t *)at;
        file.reserved_bytes = bytes;
        for (int a = 0; a < REC_ARRAYS; a++) {
            recording.base[a] = next;
            next += (size_t)file.chunks_reserved[a] * REC_CHUNK;
        }
        return 0;
    }
    return -ENOMEM;
}

void recording_shrink(uint64_t bytes)
{
    if (!recording.header || bytes >= file.reserved_bytes || !spin_try(&file.lock))
        return;
    for (int a = 0; a < REC_ARRAYS; a++) {
        uint32_t there = file.chunks_reserved[a];
        uint32_t keep = (uint32_t)(there * bytes / file.reserved_bytes);
        if (keep <= file.chunks[a])
            keep = file.chunks[a] + 1;
        if (keep >= there)
            continue;
        sys_munmap(recording.base[a] + (uint64_t)keep * REC_CHUNK,
                   (uint64_t)(there - keep) * REC_CHUNK);
        file.chunks_reserved[a] = keep;
    }
    spin_unlock(&file.lock);
}

/* The arrays' address space, what of it was given back left out. */
static void unmap_arrays(void)
{
    for (int a = 0; a < REC_ARRAYS; a++)
        sys_munmap(recording.base[a], (uint64_t)file.chunks_reserved[a] * REC_CHUNK);
}

/* Moves the descriptor out of the way: programs count on getting the lowest free one, and may need
 * the last one. -1: it cannot be moved, and is still where it was. */
static int move_high(int fd)
{
    struct rlimit limit = {1024, 1024};

    sys_getrlimit(RLIMIT_NOFILE, &limit);
    long lowest = limit.rlim_cur > DESCRIPTORS ? DESCRIPTORS : (long)limit.rlim_cur;
    for (lowest -= 32; lowest > 64; lowest /= 2) {
        long high = sys_fcntl(fd, F_DUPFD_CLOEXEC, lowest);
        if (!sys_failed(high)) {
            sys_close(fd);
            return (int)high;
        }
    }
    return -1;
}

/* The descriptor, if it still is our file; else the file opened again by its name: to be closed
 * after use, if it is not file.fd. */
static int own_descriptor(void)
{
    uint64_t now[2];

    if (file.fd >= 0 && sys_file_identity(file.fd, now) && now[0] == file.identity[0] &&
        now[1] == file.identity[1])
        return file.fd;
    file.fd = -1;
    long fd = sys_open(file.path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (sys_failed(fd))
        return (int)fd;
    if (sys_file_identity((int)fd, now) && now[0] == file.identity[0] &&
        now[1] == file.identity[1]) {
        file.fd = move_high((int)fd);
        return file.fd >= 0 ? file.fd : (int)fd;
    }
    sys_close((int)fd);
    return -EBADF;
}

static int write_zeros(int fd, uint64_t from, uint64_t to)
{
    static const char zeros[STEP];

    while (from < to) {
        size_t n = to - from < sizeof zeros ? to - from : sizeof zeros;
        long done = sys_pwrite(fd, zeros, n, from);
        if (done == -EINTR)
            continue;
        if (sys_failed(done) || done == 0)
            return done ? (int)done : -ENOSPC;
        from += (uint64_t)done;
    }
    return 0;
}

static int allocate(int fd, uint64_t from, uint64_t to)
{
    long done;

    do
        done = sys_fallocate(fd, from, to - from);
    while (done == -EINTR);
    return (int)done;
}

/* By a file system that does not know the call (NFS and some FUSE ones no fallocate), or by a
 * sandbox. */
static bool is_refused(int error)
{
    return error == -EOPNOTSUPP || error == -ENOSYS || error == -EPERM;
}

/* Whether a file may be so long: beyond the limit, which the program may set at any time, the
 * kernel sends a signal to whoever makes it longer. */
static bool may_be_long(uint64_t bytes)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    sys_getrlimit(RLIMIT_FSIZE, &limit);
    return limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur;
}

/* Gives the file room from here to there; it may be so long. On a tmpfs pages that were written can
 * be mapped, sixteen with one fault; those that fallocate makes are cleared and mapped one by one.
 */
static int back_allowed(int fd, uint64_t from, uint64_t to)
{
    int error = (file.in_memory ? write_zeros : allocate)(fd, from, to);
    if (is_refused(error))
        error = (file.in_memory ? allocate : write_zeros)(fd, from, to);
    return error;
}

static int back(int fd, uint64_t from, uint64_t to)
{
    return may_be_long(to) ? back_allowed(fd, from, to) : -EFBIG;
}

static void write_header(struct rec_header *header)
{
    for (int i = 0; i < 8; i++)
        header->magic[i] = REC_MAGIC[i];
    header->version = REC_VERSION;
    header->header_bytes = REC_HEADER_BYTES;
    header->chunk_bytes = REC_CHUNK;
    for (int a = 0; a < REC_ARRAYS; a++) {
        header->element_bytes[a] = recording_element_bytes[a];
        header->count[a] = a == REC_LOCATIONS ? REC_FIRST_REAL_LOCATION
                           : a == REC_NODES   ? REC_FIRST_REAL_NODE
                                              : 1;
    }
    header->state = REC_OPEN;
    header->pid = (uint32_t)sys_getpid();
}

/* Makes the header's place: on a tmpfs its first page, and no more than addresses of the rest. */
static int make_header(int fd)
{
    file.header_bytes = file.in_memory ? PAGE : REC_HEADER_BYTES;
    if (!may_be_long(REC_HEADER_BYTES))
        return -EFBIG;
    int error = back_allowed(fd, 0, file.header_bytes);

    if (error || file.header_bytes == REC_HEADER_BYTES)
        return error;
    if (!sys_failed(sys_ftruncate(fd, REC_HEADER_BYTES)))
        return 0;
    file.header_bytes = REC_HEADER_BYTES;
    return back_allowed(fd, PAGE, REC_HEADER_BYTES);
}

int recording_create(const char *path)
{
    int error = reserve();

    if (error)
        return error;
    long fd = sys_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (sys_failed(fd))
        return (int)fd;
    long at = -EIO;
    file.in_memory = sys_is_tmpfs(path, 0);
    error = sys_file_identity((int)fd, file.identity) ? make_header((int)fd) : -EIO;
    if (!error) {
        at = sys_mmap(NULL, REC_HEADER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
        error = sys_failed(at) ? (int)at : 0;
    }
    file.fd = error ? -1 : move_high((int)fd);
    if (file.fd < 0)
        sys_close((int)fd);
    if (error) {
        sys_unlink(path);
        return error;
    }
    file.path = path;
    file.file_bytes = file.length_bytes = REC_HEADER_BYTES;
    write_header((struct rec_header *)at);
    recording.header = (struct rec_header *)at;
    return 0;
}

void recording_forget(void)
{
    uint64_t now[2];

    if (recording.header) {
        sys_munmap(recording.header, REC_HEADER_BYTES);
        unmap_arrays();
        if (sys_file_identity(file.fd, now) && now[0] == file.identity[0] &&
            now[1] == file.identity[1])
            sys_close(file.fd);
    }
    recording = (struct recording){0};
    file.fd = -1;
    file.path = "";
    file.file_bytes = file.length_bytes = file.refusals = 0;
    for (int a = 0; a < REC_ARRAYS; a++)
        file.chunks[a] = file.last_bytes[a] = file.room[a] = 0;
}

/* How many chunks an array is to grow by: a few at first, more as it grows, so that a large
 * recording is made of few mappings. */
static uint32_t chunks_wanted(enum rec_array array)
{
    const struct rec_header *header = recording.header;
    uint32_t want = file.chunks[array] / 8 + 1;

    if (want > 64)
        want = 64;
    if (want > file.chunks_reserved[array] - file.chunks[array])
        want = file.chunks_reserved[array] - file.chunks[array];
    if (want > sizeof header->chunk_array - header->chunks)
        want = (uint32_t)(sizeof header->chunk_array - header->chunks);
    return want;
}

/* Room in the header for the rows of so many more chunks. Returns 0 or -errno. */
static int extend_header(int fd, uint32_t chunks)
{
    uint64_t end = offsetof(struct rec_header, chunk_array) + recording.header->chunks + chunks;

    while (file.header_bytes < end) {
        int error = back(fd, file.header_bytes, file.header_bytes + PAGE);
        if (error)
            return error;
        file.header_bytes += PAGE;
    }
    return 0;
}

/* What of the last chunk may be used has changed. */
static void set_room(enum rec_array array, uint32_t last_bytes)
{
    uint32_t per_chunk = REC_PER_CHUNK(recording_element_bytes[array]);
    uint32_t in_last = last_bytes / recording_element_bytes[array];

    file.last_bytes[array] = last_bytes;
    file.room[array] = (uint64_t)per_chunk * (file.chunks[array] - 1) +
                       (in_last < per_chunk ? in_last : per_chunk);
}

/* Where the elements of an array that can be used begin, in whole pages: those before are reserved,
 * and what is before the first page is a hole in the file. */
static uint64_t first_page(enum rec_array array)
{
    return (uint64_t)recording_element_bytes[array] & ~(uint64_t)(PAGE - 1);
}

/* Where in chunk number `chunk` of an array the next step ends, when `from` bytes of it have room:
 * `need` bytes have it then, or more: half as much again as the array has had. */
static uint64_t step_end(enum rec_array array, uint64_t chunk, uint64_t from, uint64_t need)
{
    uint64_t least = chunk == 0 && from == 0 ? (uint64_t)first_step_pages[array] * PAGE : STEP;
    uint64_t half = (chunk * REC_CHUNK + from) / 2;
    uint64_t end = from + (half > least ? half : least);

    if (end < need)
        end = need;
    end = (end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    return end < REC_CHUNK ? end : REC_CHUNK;
}

static void shorten(int fd, uint64_t bytes)
{
    if (may_be_long(bytes) && !sys_failed(sys_ftruncate(fd, bytes)))
        file.length_bytes = bytes;
}

/* Makes the file reach to `end`, and beyond, which is a hole: a call for each chunk took a
 * hundredth of a short run's time. recording_trim takes away what is not needed. Returns 0 or
 * -errno. */
static int reach(int fd, uint64_t end)
{
    uint64_t most = REC_HEADER_BYTES + file.reserved_bytes, to = end + AHEAD;

    if (end <= file.length_bytes)
        return 0;
    if (to > most || !may_be_long(to))
        to = end;
    long error = sys_ftruncate(fd, to);
    if (!sys_failed(error))
        file.length_bytes = to;
    return (int)error;
}

/* Makes the file longer by so many chunks, of which the part [*from, *to) has room then: on a tmpfs
 * as asked for, else all of it. What does not fit leaves nothing behind. Returns 0 or -errno. */
static int lengthen(int fd, uint32_t chunks, uint64_t *from, uint64_t *to)
{
    uint64_t start = file.file_bytes, end = start + (uint64_t)chunks * REC_CHUNK;
    int error = may_be_long(end) ? 0 : -EFBIG;

    if (!error && file.in_memory && chunks == 1) {
        error = back_allowed(fd, start + *from, start + *to);
        if (!error && reach(fd, end) == 0)
            return 0;
    }
    *from = 0;
    *to = end - start;
    if (!error)
        error = back_allowed(fd, start, end);
    if (error)
        shorten(fd, start);
    return error;
}

/* Maps what is new of a chunk: one fault has all of it. */
static void look_at(const uint8_t *page)
{
    (void)*(const volatile uint8_t *)page;
}

/* Adds that many chunks, or one, of which the first `need` bytes have room then. Returns 0 or
 * -errno. */
static int add_chunks(enum rec_array array, uint32_t want, uint64_t need, int fd)
{
    struct rec_header *header = recording.header;
    uint64_t from, to;
    int error = extend_header(fd, want);

    for (; !error; want = 1) {
        from = file.chunks[array] ? 0 : first_page(array);
        to = step_end(array, file.chunks[array], from, need);
        error = lengthen(fd, want, &from, &to);
        if (!error || want == 1)
            break;
        error = 0;
    }
    if (error)
        return error;
    bool in_steps = from > 0 || to < REC_CHUNK; /* there may be no room for all of it */
    uint8_t *place = recording.base[array] + (uint64_t)file.chunks[array] * REC_CHUNK;
    long at =
        sys_mmap_wish(place, (size_t)want * REC_CHUNK, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED, in_steps ? 0 : MAP_POPULATE, fd, file.file_bytes);
    if (sys_failed(at))
        return (int)at;
    if (in_steps)
        look_at(place + from);
    file.last_chunk[array] = file.file_bytes + (uint64_t)(want - 1) * REC_CHUNK;
    file.file_bytes += (uint64_t)want * REC_CHUNK;
    for (uint32_t i = 0; i < want; i++)
        header->chunk_array[header->chunks + i] = (uint8_t)array;
    file.chunks[array] += want;
    set_room(array, (uint32_t)(to - (uint64_t)(want - 1) * REC_CHUNK));
    __atomic_store_n(&header->chunks, header->chunks + want, __ATOMIC_RELEASE);
    header->memory_bytes = memory_mapped();
    return 0;
}

/* Gives the last chunk of an array more room, `need` bytes at least. Returns 0 or -errno. */
static int add_step(enum rec_array array, uint64_t need, int fd)
{
    uint64_t from = file.last_bytes[array],
             to = step_end(array, file.chunks[array] - 1, from, need);
    int error = back(fd, file.last_chunk[array] + from, file.last_chunk[array] + to);

    if (error)
        return error;
    look_at(recording.base[array] + (uint64_t)(file.chunks[array] - 1) * REC_CHUNK + from);
    set_room(array, (uint32_t)to);
    return 0;
}

/* How many bytes of chunk `chunk` the elements of an array up to index `last` take. */
static uint64_t bytes_needed(enum rec_array array, uint32_t chunk, uint64_t last)
{
    uint64_t per_chunk = REC_PER_CHUNK(recording_element_bytes[array]);

    return last / per_chunk > chunk ? REC_CHUNK
                                    : (last % per_chunk + 1) * recording_element_bytes[array];
}

/* Gives an array more room, at best for all elements up to index `last`. Lock held. Returns 0 or
 * -errno. */
static int grow(enum rec_array array, uint64_t last)
{
    bool within = file.chunks[array] && file.last_bytes[array] < REC_CHUNK;
    uint32_t want = within ? 0 : chunks_wanted(array);

    if (!within && want == 0)
        return -ENOSPC;
    int fd = own_descriptor();
    if (fd < 0)
        return fd;
    uint64_t need = bytes_needed(array, file.chunks[array] - within, last);
    int error = within ? add_step(array, need, fd) : add_chunks(array, want, need, fd);
    if (fd != file.fd)
        sys_close(fd);
    return error;
}

/* Makes room for n more elements; lock held. Mostly there is some. */
static bool __attribute__((noinline)) make_room_slowly(enum rec_array array, uint64_t n)
{
    struct rec_header *header = recording.header;

    while (header->count[array] + n > file.room[array]) {
        /* Once refused, we ask again now and then only: room may come back, and a program that
         * makes new stacks all the time must not pay for a system call with each. */
        if (header->out_of_room && ++file.refusals % REFUSALS_PER_TRY)
            return false;
        int error = grow(array, header->count[array] + n - 1);
        if (error) {
            header->out_of_room = (uint32_t)-error;
            return false;
        }
    }
    return header->count[array] + n <= UINT32_MAX;
}

static inline bool make_room(enum rec_array array, uint64_t n)
{
    /* what has room has an index of 32 bits */
    return __builtin_expect(recording.header->count[array] + n <= file.room[array], 1) ||
           make_room_slowly(array, n);
}

/* Hands out the n elements from index `first` on, which nobody has. Lock held; 0: no room. */
static inline uint32_t hand_out(enum rec_array array, uint64_t first, uint32_t n)
{
    struct rec_header *header = recording.header;

    if (!make_room(array, first + n - header->count[array]))
        return 0;
    __atomic_store_n(&header->count[array], first + n, __ATOMIC_RELEASE);
    return (uint32_t)first;
}

uint32_t recording_add_many(enum rec_array array, uint32_t n)
{
    spin_lock(&file.lock);
    uint32_t first = hand_out(array, recording.header->count[array], n);
    spin_unlock(&file.lock);
    return first;
}

/* The elements of so many pages, the first one that begins with or after index `next`, and those
 * that follow in its chunk: the first element's index. */
static uint64_t next_pages(enum rec_array array, uint64_t next, uint32_t pages, uint32_t *n)
{
    uint32_t bytes = recording_element_bytes[array], per_chunk = REC_PER_CHUNK(bytes);
    uint64_t chunk = next / per_chunk;
    uint32_t page = ((uint32_t)(next % per_chunk) * bytes + PAGE - 1) / PAGE;
    uint32_t first = (page * PAGE + bytes - 1) / bytes;

    if (first >= per_chunk) { /* the next chunk's first page */
        chunk++;
        page = first = 0;
    }
    uint32_t end = (page + pages) * PAGE / bytes;
    *n = (end < per_chunk ? end : per_chunk) - first;
    return chunk * per_chunk + first;
}

uint32_t recording_add_pages(enum rec_array array, uint32_t pages, uint32_t *n)
{
    spin_lock(&file.lock);
    uint64_t first = next_pages(array, recording.header->count[array], pages, n);
    uint32_t index = hand_out(array, first, *n);
    spin_unlock(&file.lock);
    return index;
}

uint64_t recording_add_text(const char *bytes, size_t n)
{
    struct rec_header *header = recording.header;
    uint64_t offset = 0;

    spin_lock(&file.lock);
    if (make_room(REC_TEXT, n)) {
        offset = header->count[REC_TEXT];
        for (size_t i = 0; i < n; i++)
            recording.base[REC_TEXT][offset + i] = (uint8_t)bytes[i];
        __atomic_store_n(&header->count[REC_TEXT], offset + n, __ATOMIC_RELEASE);
    }
    spin_unlock(&file.lock);
    return offset;
}

void recording_trim(void)
{
    if (!spin_try(&file.lock))
        return;
    int fd = file.length_bytes > file.file_bytes ? own_descriptor() : -1;
    if (fd >= 0)
        shorten(fd, file.file_bytes);
    if (fd >= 0 && fd != file.fd)
        sys_close(fd);
    spin_unlock(&file.lock);
}
