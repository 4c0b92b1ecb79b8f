#pragma once
// A directory of its own for one test, gone afterwards.
#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace bulkhead::test {

/// memory: where a test makes thousands of files and the disk has no part in what it shows.
enum class temp_place { disk, memory };

class temp_dir {
 public:
  explicit temp_dir(temp_place place = temp_place::disk) {
    std::filesystem::path parent = "/dev/shm";
    if (place == temp_place::disk || !std::filesystem::is_directory(parent)) {
      parent = std::filesystem::temp_directory_path();
    }
    std::string name = (parent / "bulkhead-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bulkhead::test
