"use strict";

// Keeps the page up to date. Nothing is asked for while nobody sees it.

const SECONDS = 120, HEIGHT = 48, LEAST_TOP = 1.5;
const STATE_EVERY_MS = 1000, RETRY_MS = 2000, BETWEEN_PICTURES_MS = 40, OLD_MS = 5000;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = () => document.visibilityState === "visible";
const until_seen = () => new Promise((done) => {
  if (seen()) return done();
  document.addEventListener("visibilitychange", function look() {
    if (seen()) { document.removeEventListener("visibilitychange", look); done(); }
  });
});

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function show_local_times(root) {
  for (const time of root.querySelectorAll("time")) time.textContent = new Date(time.dateTime).toLocaleString();
}

async function ask(place) {
  const answer = await fetch(place, { cache: "no-store", redirect: "error" });
  if (answer.status === 401) location.assign("/login");
  return answer;
}

function bars(points, top) {
  return points.map(([ago, share]) =>
    `M${SECONDS - 1 - ago} ${HEIGHT}v${(-HEIGHT * Math.max(0, share) / top).toFixed(1)}h.8V${HEIGHT}z`).join("");
}

function draw_curve(svg, points) {
  const top = Math.max(LEAST_TOP, ...points.map((point) => point[1]));
  svg.querySelector(".normal").setAttribute("d", bars(points.filter((point) => point[1] < 1), top));
  svg.querySelector(".anomalous").setAttribute("d", bars(points.filter((point) => point[1] >= 1), top));
  svg.querySelector(".threshold").setAttribute("d", `M0 ${(HEIGHT - HEIGHT / top).toFixed(1)}H${SECONDS}`);
}

function set_text(root, selector, text) {
  const found = root.querySelector(selector);
  if (found && found.textContent !== String(text)) found.textContent = text;
}

let before = null;

function rates(state) {
  // Of the last seconds, not since the start.
  const passed = before ? state.clock_s - before.clock_s : 0;
  const judged = Object.fromEntries(state.cameras.map((camera) => [camera.name, camera.judged]));
  const found = {};
  for (const camera of state.cameras) {
    const last = before && before.judged[camera.name];
    found[camera.name] = passed > 0.5 && last !== undefined ? Math.max(0, camera.judged - last) / passed : camera.fps;
  }
  before = { clock_s: state.clock_s, judged };
  return found;
}

function show_camera(camera, fps) {
  const card = document.querySelector(`[data-camera="${CSS.escape(camera.name)}"]`);
  if (!card) return;
  const pill = card.querySelector(".pill");
  pill.className = camera.delivers ? "pill good" : "pill bad";
  pill.textContent = camera.delivers ? "delivers" : camera.gave_up ? "given up" : "silent";
  set_text(card, '[data-stat="fps"]', fps.toFixed(1));
  set_text(card, '[data-stat="latency_p99_ms"]', camera.latency_p99_ms.toFixed(1));
  set_text(card, '[data-stat="anomalous"]', camera.anomalous.toLocaleString());
  set_text(card, '[data-stat="skipped"]', camera.skipped.toLocaleString());
  card.querySelector('[data-stat="skipped"]').title =
    Object.entries(camera.skipped_why).map(([why, count]) => `${why}: ${count}`).join(", ");
  set_text(card, "[data-alarms]", camera.alarms ? `alarms an hour: ${camera.alarms}` : "");
  card.querySelector("[data-alarms]").classList.toggle("broken", camera.promise_broken);
  set_text(card, "[data-error]", camera.delivers ? "" : camera.error);
  draw_curve(card.querySelector(".curve svg"), camera.curve);
}

function event_row(event) {
  const thumb = element("span", { className: "thumb" });
  thumb.append(event.picture ? element("img", { src: `/events/${event.id}.jpg`, alt: "" }) : "!");
  const pill = element("span", { className: event.open ? "pill bad" : "pill", textContent: event.open ? "goes on" : "over" });
  const time = element("time", { dateTime: event.began, textContent: new Date(event.began).toLocaleString() });
  const said = event.score ? `score ${event.score}` : event.reason;
  const quiet = element("span", { className: "quiet" }, `${event.camera}, `, time, event.seconds ? `, ${event.seconds}\u00a0s` : "",
    document.createElement("br"), said);
  const what = element("span", { className: "what" }, element("strong", { textContent: event.title }), " ");
  if (event.severity) what.append(element("span", { className: `pill ${event.severity}`, textContent: event.severity }), " ");
  what.append(pill,
    document.createElement("br"), quiet);
  return element("li", {}, element("a", { href: `/events/${event.id}` }, thumb, what));
}

let shown_events = "";

function show_events(events) {
  const said = JSON.stringify(events);
  if (said === shown_events || !events.length) return;
  shown_events = said;
  const focused = document.activeElement && document.activeElement.getAttribute("href");
  const list = element("ol", { className: "events" }, ...events.map(event_row));
  document.getElementById("event-list").replaceChildren(list);
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

let shown_bundle = "";

function show_bundle(bundle) {
  const facts = bundle.digest ? [["Name", bundle.name], ["Release", bundle.release],
    ["Digest", element("code", { textContent: bundle.digest })],
    ["Serves since", new Date(bundle.since).toLocaleString()]] : [["Bundle", "none yet"]];
  const share = bundle.total_bytes ? `, ${Math.round(100 * bundle.done_bytes / bundle.total_bytes)} %` : "";
  if (bundle.taught.length) facts.push(["Taught here", element("span", {}, ...bundle.taught.flatMap(
    (one, at) => at ? [document.createElement("br"), one] : [one]))]);
  if (bundle.taught_elsewhere) facts.push(["Taught to others",
    `${bundle.taught_elsewhere} ${bundle.taught_elsewhere === 1 ? "change" : "changes"}, not in force here`]);
  if (bundle.taught_refused) facts.push(["Taught, refused", bundle.taught_refused]);
  facts.push(["Update", bundle.update + share]);
  if (bundle.refusal) facts.push(["Refused", bundle.refusal]);
  if (bundle.trouble) facts.push(["Trouble", bundle.trouble]);
  document.getElementById("undo").hidden = !bundle.taught.length;
  const said = JSON.stringify(bundle);
  if (said === shown_bundle) return;
  shown_bundle = said;
  document.getElementById("bundle-facts").replaceChildren(element("dl", { className: "facts" }, ...facts.map(
    ([name, value]) => element("div", {}, element("dt", { textContent: name }), element("dd", {}, value)))));
}

let shown_warnings = null;

function show_warnings(warnings) {
  const said = JSON.stringify(warnings);
  if (said === shown_warnings) return;
  shown_warnings = said;
  document.getElementById("warnings").replaceChildren(...warnings.map(
    (warning) => element("p", { className: "alert", textContent: warning })));
}

function show(state) {
  const fps = rates(state);
  for (const camera of state.cameras) show_camera(camera, fps[camera.name]);
  const tile = (key, value) => set_text(document, `[data-tile="${key}"]`, value);
  tile("cameras", `${state.cameras.filter((camera) => camera.delivers).length} of ${state.cameras.length}`);
  tile("fps", Object.values(fps).reduce((sum, one) => sum + one, 0).toFixed(1));
  tile("open", state.events_open);
  tile("waiting", state.cloud.waiting);
  tile("bundle", state.bundle.name || "none yet");
  set_text(document, '[data-label="waiting"]', `Messages wait, broker ${state.cloud.broker}`);
  set_text(document, '[data-label="bundle"]', `Bundle, release ${state.bundle.release}`);
  show_warnings(state.warnings);
  show_events(state.events);
  show_bundle(state.bundle);
}

function tell(trouble) {
  const place = document.getElementById("trouble");
  place.textContent = trouble;
  place.hidden = !trouble;
}

async function follow_state() {
  for (;;) {
    await until_seen();
    try {
      const answer = await ask("/state.json");
      if (answer.ok) show(await answer.json());
      tell(answer.ok ? "" : await answer.text());
    } catch {
      tell("The device does not answer. This page goes on trying.");
      await sleep(RETRY_MS);
    }
    await sleep(STATE_EVERY_MS);
  }
}

function show_verdict(card, headers) {
  const score = Number(headers.get("X-Score")), threshold = Number(headers.get("X-Threshold"));
  const anomalous = headers.get("X-Verdict") === "anomalous";
  const verdict = card.querySelector("[data-verdict]");
  const defect = decodeURIComponent(headers.get("X-Defect") || "");
  verdict.className = anomalous ? "verdict anomalous" : "verdict";
  verdict.textContent = `${anomalous ? defect || "anomalous" : "normal"}, ${score.toFixed(2)} of ${threshold.toFixed(2)}`;
}

async function follow_camera(card) {
  const picture = card.querySelector("img"), screen = card.querySelector(".screen");
  const heat = document.getElementById("heat");
  let after = "", had_heat = heat.checked, came = performance.now();
  for (;;) {
    await until_seen();
    try {
      if (heat.checked !== had_heat) { had_heat = heat.checked; after = ""; }
      const place = `/camera/${encodeURIComponent(card.dataset.camera)}.jpg?heat=${heat.checked ? 1 : 0}&after=${after}`;
      const answer = await ask(place);
      if (answer.status === 200) {
        const old = picture.src, url = URL.createObjectURL(await answer.blob());
        picture.src = url;
        try {
          await picture.decode();
        } finally {
          if (old.startsWith("blob:")) URL.revokeObjectURL(old);
        }
        screen.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`;
        after = answer.headers.get("X-Frame-Number");
        came = performance.now();
        show_verdict(card, answer.headers);
      } else if (answer.status === 503) {
        set_text(card, "[data-verdict]", await answer.text());
        await sleep(RETRY_MS);
      } else {
        await sleep(BETWEEN_PICTURES_MS);
      }
    } catch {
      await sleep(RETRY_MS);
    }
    screen.classList.toggle("old", performance.now() - came > OLD_MS);
    await sleep(BETWEEN_PICTURES_MS);
  }
}

show_local_times(document);
if (document.querySelector("main[data-live]")) {
  follow_state();
  for (const card of document.querySelectorAll(".camera")) follow_camera(card);
}
const undo = document.getElementById("undo");
if (undo) undo.addEventListener("submit", (event) => {
  if (!confirm("Take back what this device was taught last?")) event.preventDefault();
});
