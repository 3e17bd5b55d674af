#pragma once

#include <catch2/catch.hpp>
#include <cctype>
#include <random>
#include <string>
#include <vector>

#include "lib/pg/connection.h"
#include "lib/sql/builtin.h"
#include "lib/sql/utf8.h"
#include "tests/support/postgres.h"

// Asks a real PostgreSQL what an expression is, thousands at a time, and holds it against what a
// row of a family's tables gave. Values travel as text; an error is its SQLSTATE and message.

namespace slotcast::sql::test {

using Texts = std::vector<std::string>;

inline std::string sql_type(Kind kind) {
  return kind == Kind::Enum ? "mood" : std::string(name_of(kind));
}

// What the two sides say, in the same words.
inline std::string present(std::string_view text) {
  return "= " + std::string(text);
}
inline std::string failure(const Frame& frame) {
  return "ERROR " + frame.sqlstate() + " " + frame.message();
}

// One family, called as an expression would call it.
class Builtins {
 public:
  explicit Builtins(Family family) : family_(family) {}

  const Family& family() const { return family_; }
  Frame& frame() { return frame_; }

  std::string call(const Function& function, const Texts& texts) {
    frame_.reset();
    Value arguments[kArgumentsMax];
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (!read(function.arguments[i], texts[i], arguments[i])) return failure(frame_);
    }
    Value result;
    if (!function.call(frame_, arguments, result)) return failure(frame_);
    return print(function.result, result);
  }

  std::string input(Kind kind, const std::string& text) {
    frame_.reset();
    Value value;
    return read(kind, text, value) ? print(kind, value) : failure(frame_);
  }

 private:
  const TypeRoutines* routines(Kind kind) const {
    for (const TypeRoutines& type : family_.types) {
      if (type.kind == kind) return &type;
    }
    return nullptr;
  }

  bool read(Kind kind, const std::string& text, Value& value) {
    if (is_integer(kind)) {
      value = Value::of_integer(std::stoll(text));
      return true;
    }
    value = Value::of_text(text);
    const TypeRoutines* type = routines(kind);
    return type == nullptr || type->input == nullptr ||
           type->input(frame_, std::vector<Value>{value}.data(), value);
  }

  std::string print(Kind kind, const Value& value) {
    if (value.is_null()) return "NULL";
    if (kind == Kind::Bool) return present(value.integer != 0 ? "true" : "false");
    if (is_integer(kind)) return present(std::to_string(value.integer));
    const TypeRoutines* type = routines(kind);
    std::string_view text = value.text;
    if (type != nullptr && type->output != nullptr) REQUIRE(type->output(frame_, value, text));
    return present(text);
  }

  Family family_;
  Frame frame_;
};

class Oracle {
 public:
  Oracle() : connection_(connect(server_)) {
    run("CREATE TYPE mood AS ENUM ('sad', 'ok', 'h''appy \xc3\xa9', '')");
    run(R"(CREATE FUNCTION answer(expression text, a text, b text, c text) RETURNS text
           LANGUAGE plpgsql AS $body$
           DECLARE result text;
           BEGIN
             EXECUTE 'SELECT (' || expression || ')::text' INTO result USING a, b, c;
             RETURN coalesce('= ' || result, 'NULL');
           EXCEPTION WHEN OTHERS THEN RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
           END $body$)");
  }
  ~Oracle() { CHECK(questions_.empty()); }

  // `expression` of $1, $2 and $3, which are texts; `ours` is what our side made of it.
  void ask(const std::string& expression, Texts arguments, const std::string& ours) {
    arguments.resize(3);
    for (const std::string& argument : arguments) bytes_ += argument.size();
    questions_.push_back({expression, std::move(arguments), ours});
    ++asked_;
    if (questions_.size() == 5000 || bytes_ > 8'000'000) settle();
  }

  // A row of a table: an operator or a function.
  void ask(Builtins& builtins, const Function& function, const Texts& arguments) {
    const auto typed = [&](std::size_t i) {
      return "$" + std::to_string(i + 1) + "::" + sql_type(function.arguments[i]);
    };
    const std::string name(function.name);
    std::string expression = typed(0);
    if (std::isalpha(static_cast<unsigned char>(name[0])) != 0) {
      for (std::size_t i = 1; i < arguments.size(); ++i) expression += ", " + typed(i);
      expression = name + "(" + expression + ")";
    } else {
      expression += " " + name + " " + typed(1);
    }
    ask(expression, arguments, builtins.call(function, arguments));
  }

  void ask_input(Builtins& builtins, Kind kind, const std::string& text) {
    ask("$1::" + sql_type(kind), {text}, builtins.input(kind, text));
  }

  // Compares what has been asked so far.
  void settle() {
    std::vector<std::string> columns(4);
    for (const Question& question : questions_) {
      append(columns[0], question.expression);
      for (std::size_t i = 0; i < 3; ++i) append(columns[i + 1], question.arguments[i]);
    }
    for (std::string& column : columns) column = "{" + column + "}";
    const pg::Rows rows =
        run("SELECT answer(e, a, b, c) FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
            "WITH ORDINALITY AS question (e, a, b, c, n) ORDER BY n",
            columns);
    REQUIRE(rows.size() == questions_.size());
    for (std::size_t i = 0; i < rows.size(); ++i) compare(questions_[i], rows[i][0].value());
    questions_.clear();
    bytes_ = 0;
    CHECK(wrong_ == 0);
  }

  // What the server says of an expression without arguments.
  std::string answer(const std::string& expression) {
    return run("SELECT answer($1, '', '', '')", {expression})[0][0].value();
  }

  std::size_t asked() const { return asked_; }

 private:
  struct Question {
    std::string expression;
    Texts arguments;
    std::string ours;
  };

  static pg::Connection connect(const slotcast::test::Postgres& server) {
    pg::Options options;
    options.uri = server.uri();
    options.connect_timeout = std::chrono::seconds(10);
    auto connection = pg::Connection::open(options, pg::Connection::Mode::Sql);
    if (!connection.ok()) FAIL(connection.error().what);
    return std::move(connection).value();
  }

  pg::Rows run(const std::string& sql, const Texts& parameters = {}) {
    auto rows = connection_.query(sql, parameters);
    if (!rows.ok()) FAIL(rows.error().what);
    return std::move(rows).value();
  }

  static void append(std::string& array, const std::string& element) {
    if (!array.empty()) array += ',';
    array += '"';
    for (const char c : element) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }

  // Names the first few; a defect shows in thousands.
  void compare(const Question& question, const std::string& theirs) {
    if (question.ours == theirs || ++wrong_ > 10) return;
    const auto shortened = [](const std::string& text) {
      return text.size() < 500 ? text : text.substr(0, 500) + "…";
    };
    std::string said = question.expression;
    for (const std::string& argument : question.arguments)
      said += "\n  [" + shortened(argument) + "]";
    UNSCOPED_INFO(said << "\n  ours   " << shortened(question.ours) << "\n  theirs "
                       << shortened(theirs));
  }

  slotcast::test::Postgres server_;
  pg::Connection connection_;
  std::vector<Question> questions_;
  std::size_t bytes_ = 0;
  std::size_t asked_ = 0;
  std::size_t wrong_ = 0;
};

// Everything random of a test, from one seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string of(const Texts& pool) { return pool[below(pool.size())]; }
  // Up to `most` of the pieces, one behind the other.
  std::string word(const Texts& pieces, std::size_t most) {
    std::string text;
    for (std::size_t n = below(most + 1); n > 0; --n) text += of(pieces);
    return text;
  }
  // With up to two characters taken out, or one of the pieces put in, in one or two places.
  std::string damaged(std::string text, const Texts& pieces) {
    for (std::size_t n = 1 + below(2); n > 0; --n) {
      const std::size_t at = bytes_of_characters(text, below(count_characters(text) + 1));
      const std::size_t taken = bytes_of_characters(std::string_view(text).substr(at), below(3));
      text.replace(at, taken, word(pieces, 1));
    }
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace slotcast::sql::test
