#include "distance.hpp"

#include <algorithm>

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define LINEWATCH_AVX2 1
#include <immintrin.h>
#else
#define LINEWATCH_AVX2 0
#endif

namespace linewatch {
namespace {

// Columns between two looks at the partial sum: long enough to hide the look, short enough to save memory traffic.
constexpr std::size_t kBlock = 64;

float tail_distance(const float* a, const float* b, std::size_t begin, std::size_t end) {
    float sum = 0.0F;
    for (std::size_t i = begin; i < end; ++i) {
        const float difference = a[i] - b[i];
        sum += difference * difference;
    }
    return sum;
}

// Independent lanes let the compiler vectorize a float sum without being allowed to reorder it.
constexpr std::size_t kLanes = 16;

float lane_sum(const float* lanes) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < kLanes; ++i) sum += lanes[i];
    return sum;
}

float distance_portable(const float* a, const float* b, std::size_t columns, float bound) {
    float lanes[kLanes] = {};
    std::size_t i = 0;
    for (; i + kBlock <= columns; i += kBlock) {
        for (std::size_t j = i; j < i + kBlock; j += kLanes) {
            for (std::size_t k = 0; k < kLanes; ++k) {
                const float difference = a[j + k] - b[j + k];
                lanes[k] += difference * difference;
            }
        }
        if (lane_sum(lanes) >= bound) return bound;
    }
    return std::min(bound, lane_sum(lanes) + tail_distance(a, b, i, columns));
}

float nearest_portable(const Matrix& matrix, const float* row, const std::int64_t* centres, std::size_t count,
                       float bound) {
    for (std::size_t i = 0; i < count; ++i)
        bound = distance_portable(row, matrix.row(static_cast<std::size_t>(centres[i])), matrix.columns, bound);
    return bound;
}

#if LINEWATCH_AVX2

#define LINEWATCH_TARGET __attribute__((target("avx2,fma")))

LINEWATCH_TARGET inline float lane_sum_avx2(__m256 s0, __m256 s1, __m256 s2, __m256 s3) {
    const __m256 sum = _mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3));
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

LINEWATCH_TARGET inline __m256 add_square(const float* a, const float* b, __m256 sum) {
    const __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b));
    return _mm256_fmadd_ps(difference, difference, sum);
}

LINEWATCH_TARGET float distance_avx2(const float* a, const float* b, std::size_t columns, float bound) {
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    std::size_t i = 0;
    for (; i + kBlock <= columns; i += kBlock) {
        for (std::size_t j = i; j < i + kBlock; j += 32) {
            s0 = add_square(a + j, b + j, s0);
            s1 = add_square(a + j + 8, b + j + 8, s1);
            s2 = add_square(a + j + 16, b + j + 16, s2);
            s3 = add_square(a + j + 24, b + j + 24, s3);
        }
        if (lane_sum_avx2(s0, s1, s2, s3) >= bound) return bound;
    }
    for (; i + 8 <= columns; i += 8) s0 = add_square(a + i, b + i, s0);
    return std::min(bound, lane_sum_avx2(s0, s1, s2, s3) + tail_distance(a, b, i, columns));
}

LINEWATCH_TARGET float nearest_avx2(const Matrix& matrix, const float* row, const std::int64_t* centres,
                                    std::size_t count, float bound) {
    for (std::size_t i = 0; i < count; ++i)
        bound = distance_avx2(row, matrix.row(static_cast<std::size_t>(centres[i])), matrix.columns, bound);
    return bound;
}

bool has_avx2() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#endif

}  // namespace

NearestKernel nearest_kernel(bool portable) {
#if LINEWATCH_AVX2
    if (!portable && has_avx2()) return nearest_avx2;
#endif
    static_cast<void>(portable);
    return nearest_portable;
}

const char* nearest_kernel_name() { return nearest_kernel(false) == nearest_portable ? "portable" : "avx2"; }

}  // namespace linewatch
