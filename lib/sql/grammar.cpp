#include "lib/sql/grammar.h"

#include <pg_query.h>
#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <cstring>
#include <mutex>

#include "lib/base/thread.h"

namespace slotcast::sql {
namespace {

// libpg_query walks its tree by recursion and does not watch the stack: `1+1+1…` of kTextBytesMax
// is 8,000 levels.
constexpr std::size_t kStackBytes = 64 * 1024 * 1024;

// The server counts characters from 1, and has 0 for "nowhere".
std::uint32_t byte_of_character(const std::string& text, int character) {
  std::uint32_t at = 0;
  for (const char c : text) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins_character && --character <= 0) break;
    ++at;
  }
  return at;
}

Parse parse(const std::string& statements) {
  const PgQueryParseResult result = pg_query_parse(statements.c_str());
  Parse parse;
  if (result.error != nullptr) {
    const std::uint32_t offset = byte_of_character(statements, result.error->cursorpos);
    parse.complaint = Complaint{result.error->message, offset};
  } else {
    parse.tree = result.parse_tree;
  }
  pg_query_free_parse_result(result);
  return parse;
}

// libpg_query takes a pthread key for each thread that uses it, never gives it back, and a process
// has 1,024 of them. So one thread does it all.
class Parser {
 public:
  static Parser& instance() {
    static Parser parser;
    return parser;
  }

  Parse ask(const std::string& statements) {
    const std::lock_guard turn(turn_);
    if (!is_running_) {
      const int problem = start();
      if (problem != 0) {
        return {
            {},
            Complaint{"cannot start a thread to parse it: " + std::string(std::strerror(problem)),
                      0}};
      }
    }
    std::unique_lock lock(mutex_);
    question_ = &statements;
    changed_.notify_all();
    changed_.wait(lock, [this] { return question_ == nullptr; });
    return std::move(answer_);
  }

 private:
  Parser() = default;
  ~Parser() {
    if (!is_running_) return;
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_all();
    ::pthread_join(thread_, nullptr);
  }

  int start() {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    int problem = ::pthread_attr_setstacksize(&attributes, kStackBytes);
    // Signals are for the threads of the program: one that this thread took would end the process.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    if (problem == 0) {
      const auto run = [](void* parser) -> void* {
        name_thread("sql-parse");
        static_cast<Parser*>(parser)->serve();
        return nullptr;
      };
      problem = ::pthread_create(&thread_, &attributes, run, this);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_attr_destroy(&attributes);
    is_running_ = problem == 0;
    return problem;
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return question_ != nullptr || is_ending_; });
      if (question_ == nullptr) return;
      answer_ = parse(*question_);
      question_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex turn_;  // held by who is asking; guards is_running_ and thread_
  bool is_running_ = false;
  pthread_t thread_{};

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  const std::string* question_ = nullptr;
  Parse answer_;
  bool is_ending_ = false;
};

}  // namespace

Parse read_statements(const std::string& statements) {
  return Parser::instance().ask(statements);
}

}  // namespace slotcast::sql
