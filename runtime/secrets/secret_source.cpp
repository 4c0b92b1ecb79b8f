#include "runtime/secrets/secret_source.hpp"

#include "runtime/secrets/secret_file.hpp"

#include <utility>

namespace bulkhead {

secret_source::secret_source(std::shared_ptr<const secret_text> given, std::filesystem::path file)
    : given_(std::move(given)), file_(std::move(file)) {
  if (given_ && given_->empty()) given_.reset();
}

secret_text secret_source::get() const {
  if (given_) return given_->copy();
  if (file_.empty()) throw secret_file_error("no file and no variable of the environment holds it");
  return read_secret_line(file_);
}

bool secret_source::is_named() const { return given_ != nullptr || !file_.empty(); }

}  // namespace bulkhead
