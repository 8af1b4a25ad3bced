// The limit: simdjson On-Demand reads every number of the annotations, and stores nothing.
#include <simdjson.h>
#include <iostream>
using namespace simdjson;

int main(int, char **argv) {
  ondemand::parser parser;
  padded_string json = padded_string::load(argv[1]);
  ondemand::document document = parser.iterate(json);
  size_t annotations = 0, coordinates = 0;
  double sum = 0;
  for (ondemand::object annotation : document["annotations"].get_array()) {
    for (auto field : annotation) {
      std::string_view key = field.unescaped_key();
      if (key == "area") sum += double(field.value().get_double());
      else if (key == "id" || key == "image_id" || key == "category_id" || key == "iscrowd")
        sum += double(int64_t(field.value().get_int64()));
      else if (key == "bbox") {
        for (auto number : field.value().get_array()) sum += double(number.get_double());
      } else if (key == "segmentation") {
        auto value = field.value();
        if (value.type() != ondemand::json_type::array) continue;
        for (auto polygon : value.get_array())
          for (auto number : polygon.get_array()) {
            sum += double(number.get_double());
            coordinates++;
          }
      }
    }
    annotations++;
  }
  std::cout << "{\"metrics\":{\"annotations\":" << annotations << ",\"coordinates\":" << coordinates << ",\"sum\":" << sum << "}}\n";
}
