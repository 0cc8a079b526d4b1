"use strict";

const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  showSendToCloud: false,
  plotlyServerURL: "",
};
let wired = false;

function keysOf(event) {
  return event.points.map((point) => ({
    key: Array.isArray(point.customdata) ? point.customdata[0] : point.customdata ?? "",
    x: point.x ?? null,
    y: point.y ?? null,
  }));
}

// The pane may still be growing into its place: wait until two frames agree on its size.
async function settled() {
  const box = document.getElementById("chart");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let before = [-1, -1];
  for (let tries = 0; tries < 30; tries += 1) {
    const now = [box.clientWidth, box.clientHeight];
    if (now[0] > 0 && now[0] === before[0] && now[1] === before[1]) return;
    before = now;
    await frame();
  }
}

async function fitted(node) {
  await settled();
  const {width, height} = node._fullLayout;
  if (width !== node.clientWidth || height !== node.clientHeight) {
    await Plotly.Plots.resize(node);
  }
}

let resizing = false;
new ResizeObserver(() => {
  if (!wired || resizing) return;
  resizing = true;
  requestAnimationFrame(() => {
    resizing = false;
    Plotly.Plots.resize("chart");
  });
}).observe(document.getElementById("chart"));

new QWebChannel(qt.webChannelTransport, (channel) => {
  const bridge = channel.objects.bridge;
  bridge.figureChanged.connect(async (text) => {
    const figure = JSON.parse(text);
    document.body.style.background = figure.layout.paper_bgcolor;
    document.getElementById("chart").setAttribute("aria-label", figure.layout.meta.title);
    await document.fonts.ready;
    await settled();
    const node = await Plotly.react("chart", figure.data, figure.layout, CONFIG);
    await fitted(node);
    if (!wired) {
      wired = true;
      node.on("plotly_click", (event) => bridge.clicked(JSON.stringify(keysOf(event))));
    }
    requestAnimationFrame(() => requestAnimationFrame(() => bridge.drawn()));
  });
  bridge.imageWanted.connect(async (id, text, kind, width, height, scale) => {
    const figure = JSON.parse(text);
    const url = await Plotly.toImage(
      {data: figure.data, layout: figure.layout, config: CONFIG},
      {format: kind, width, height, scale},
    );
    bridge.imaged(id, url);
  });
  document.fonts.load('12px "DejaVu Sans"').then(() => bridge.ready());
});
