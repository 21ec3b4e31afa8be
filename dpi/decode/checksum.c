/* SPDX-License-Identifier: Apache-2.0
 *
 * The Internet checksum (RFC 1071). Sums in the byte order of memory: only "is it all ones" and
 * equality are asked of the result, and both are the same in either order.
 */
#include "decode/decode.h"

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t add_carry(uint64_t a, uint64_t b)
{
    uint64_t s = a + b;

    return s + (s < b);
}

#ifdef __x86_64__
#include <immintrin.h>

/* 64 bytes a round. Words are made signed by flipping their top bit (each is then 32768 too small),
 * so that one multiply-add sums pairs into 32 bits. Up to 64 KiB no lane overflows. */
__attribute__((target("avx2"))) static uint64_t sum_blocks_avx2(const uint8_t *p, size_t blocks)
{
    const __m256i flip = _mm256_set1_epi16(INT16_MIN), one = _mm256_set1_epi16(1);
    __m256i a = _mm256_setzero_si256(), b = a;

    for (size_t i = 0; i < blocks; i++, p += 64) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

        a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_xor_si256(x, flip), one));
        b = _mm256_add_epi32(b, _mm256_madd_epi16(_mm256_xor_si256(y, flip), one));
    }
    a = _mm256_add_epi32(a, b);

    __m128i h = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));

    h = _mm_hadd_epi32(h, h);
    h = _mm_hadd_epi32(h, h);
    return (uint64_t)((int64_t)_mm_cvtsi128_si32(h) + (int64_t)blocks * 32 * 32768);
}

/* One add-with-carry per 8 bytes, which no compiler finds by itself. */
static uint64_t sum_blocks_adc(const uint8_t *p, size_t blocks, uint64_t sum)
{
    while (blocks--) {
        __asm__("addq 0(%[p]), %[s]\n\t"
                "adcq 8(%[p]), %[s]\n\t"
                "adcq 16(%[p]), %[s]\n\t"
                "adcq 24(%[p]), %[s]\n\t"
                "adcq 32(%[p]), %[s]\n\t"
                "adcq 40(%[p]), %[s]\n\t"
                "adcq 48(%[p]), %[s]\n\t"
                "adcq 56(%[p]), %[s]\n\t"
                "adcq $0, %[s]"
                : [s] "+r"(sum)
                : [p] "r"(p), "m"(*(const uint8_t(*)[64])p)
                : "cc");
        p += 64;
    }
    return sum;
}

static uint64_t sum_blocks(const uint8_t *p, size_t blocks, uint64_t sum)
{
    if (blocks >= 4 && blocks <= 1024 && __builtin_cpu_supports("avx2"))
        return add_carry(sum, sum_blocks_avx2(p, blocks));
    return sum_blocks_adc(p, blocks, sum);
}
#else
static uint64_t sum_blocks(const uint8_t *p, size_t blocks, uint64_t sum)
{
    for (size_t i = 0; i < blocks * 8; i++)
        sum = add_carry(sum, load64(p + 8 * i));
    return sum;
}
#endif

static uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint16_t decode_sum(const uint8_t *bytes, size_t n, uint64_t start)
{
    uint64_t sum = sum_blocks(bytes, n / 64, start);
    uint64_t tail = 0;

    bytes += n & ~(size_t)63;
    n &= 63;
    for (; n >= 8; n -= 8, bytes += 8)
        sum = add_carry(sum, load64(bytes));
    if (n)
        memcpy(&tail, bytes, n);
    return fold(add_carry(sum, tail));
}

uint16_t decode_sum_header(const uint8_t ip[20])
{
    uint32_t last;

    memcpy(&last, ip + 16, sizeof last);
    return fold(add_carry(add_carry(load64(ip), load64(ip + 8)), last));
}

/* The value that stands in memory as these two bytes in network order. */
static uint64_t in_memory(uint16_t v)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap16(v) : v;
}

uint64_t decode_pseudo_sum(const struct packet *p, uint32_t length)
{
    uint64_t sum =
        in_memory((uint16_t)(length >> 16)) + in_memory((uint16_t)length) + in_memory(p->proto);

    if (p->key.family == 4)
        return add_carry(sum, load64(p->l3 + 12));
    for (size_t i = 0; i < 32; i += 8)
        sum = add_carry(sum, load64(p->l3 + 8 + i));
    return sum;
}

/* `pseudo`: sum of the pseudo header. */
static void judge(const struct decode_env *env, struct packet *p, size_t at, uint64_t pseudo)
{
    if (decode_sum(p->l4, p->l4_len, pseudo) == 0xffff) {
        p->flags |= PKT_CSUM_GOOD;
        return;
    }
    /* Captured before the sender's hardware filled it in: the field holds the pseudo header's sum.
     * Only a capture file leaves us guessing; a live frame's status comes from the kernel. */
    if (env->checksum == CHECKSUM_AUTO) {
        uint16_t field;

        memcpy(&field, p->l4 + at, sizeof field);
        if (p->proto != 1 && (field == fold(pseudo) || field == 0))
            return;
    }
    p->flags |= PKT_CSUM_BAD;
}

void decode_verify_v4(const struct decode_env *env, struct packet *p, size_t at)
{
    judge(env, p, at,
          add_carry(load64(p->l3 + 12), in_memory((uint16_t)p->l4_len) + in_memory(p->proto)));
}

void decode_verify(struct decode *d, size_t at)
{
    struct packet *p = d->p;

    if (d->missing || d->env->checksum == CHECKSUM_OFF)
        return;
    if (p->frame->checksum != CSUM_UNCHECKED && !(p->flags & PKT_TUNNELLED))
        return;
    judge(d->env, p, at, p->proto == 1 ? 0 : decode_pseudo_sum(p, p->l4_len));
}
