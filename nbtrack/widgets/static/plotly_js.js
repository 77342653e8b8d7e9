// Unpacks plotly.js for all charts of the page that wait for this version. Behind library.js.

export default {
  initialize({ model }) {
    const place = slot(model.get("version"));
    if (place.asked) return;
    place.asked = true;
    unpack(model.get("library"), model.widget_manager).then(place.resolve, place.reject);
  },
  render() {},
};
