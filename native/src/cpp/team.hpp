// A few threads that run the same step together, again and again.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace linewatch {

// Runs step(0) on the calling thread and step(1) .. step(size - 1) on its own threads; step must not throw.
class Team {
public:
    Team(std::size_t size, std::function<void(std::size_t)> step) : step_(std::move(step)) {
        try {
            for (std::size_t member = 1; member < size; ++member)
                threads_.emplace_back([this, member] { serve(member); });
        } catch (...) {
            dismiss();
            throw;
        }
    }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    ~Team() { dismiss(); }

    // Returns when every member has finished one step.
    void run() {
        busy_.store(threads_.size(), std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        step_(0);
        for (std::size_t left = busy_.load(std::memory_order_acquire); left != 0;
             left = busy_.load(std::memory_order_acquire))
            busy_.wait(left, std::memory_order_acquire);
    }

private:
    void serve(std::size_t member) {
        for (std::size_t seen = 0;; ++seen) {
            round_.wait(seen, std::memory_order_acquire);
            if (dismissed_.load(std::memory_order_acquire)) return;
            step_(member);
            if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
        }
    }

    void dismiss() {
        dismissed_.store(true, std::memory_order_release);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    std::function<void(std::size_t)> step_;
    std::atomic<std::size_t> round_{0};
    std::atomic<std::size_t> busy_{0};
    std::atomic<bool> dismissed_{false};
    std::vector<std::thread> threads_;
};

}  // namespace linewatch
