#pragma once

#include <string>

#include "connectors/stage/s3/http.h"

namespace slotcast::stage::s3 {

// The <Code> of an answer that refuses, "" when it has none (HEAD never has).
std::string code_of(const Response& response);

// What an answer that refuses means, for the caller and for a person: Transient when asking again
// can help, Corrupt when bytes arrived damaged, else Invalid with what to do about it.
Error error_of(const Response& response, const std::string& doing);

}  // namespace slotcast::stage::s3
