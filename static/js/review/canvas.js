// The drawing stage: what the hands do becomes marks, by way of the tool in hand.

import { centred } from "./boxes.js";
import { find } from "./boot.js";
import { bindGestures } from "./gestures.js";
import { showLoupe } from "./loupe.js";
import * as marks from "./marks.js";
import { showOverlay } from "./overlay.js";
import { Palette } from "./palette.js";
import { corner } from "./polygons.js";
import * as shapes from "./shapes.js";
import { shake } from "../tap.js";
import { token_px } from "./tokens.js";
import { gone } from "./tools/edit.js";
import { close, undoPoint } from "./tools/polygon.js";
import { looking, tools } from "./tools/tool.js";
import { viewport } from "./viewport.js";

const ZOOM_STEP = 1.5;
const PEN_ERASES = 32; // the bit of `buttons` for a pen's other end

/** `view()` answers {state, standard, image, usable}; `change(state)` is a step that Undo takes back,
    `look(state)` is none; `say(key)` tells; `lifted()` is called when a hand has left the picture. */
export const bindCanvas = (stage, { view, change, look, say, lifted }) => {
  const palette = new Palette();
  let draft = null;

  const chosenType = () => {
    const { state, standard } = view();
    return standard?.defect_types.find(({ code }) => code === state.chosen);
  };

  const refusal = () => {
    const type = chosenType();
    if (!type || marks.markOf(view().state, type.code).verdict !== "present") return "choose_type";
    return type.geometry?.length ? null : "no_place";
  };

  // What the other hand has answered while this one drew stands. It keeps what it has chosen too: a severity that
  // is tapped next is meant for that.
  const settled = (effect, code) => {
    const { state } = view();
    if (!effect?.change) return effect;
    if (marks.markOf(state, code).verdict !== "present") return gone;
    return state.chosen === code ? effect : { change: marks.chosen(effect.change, state.chosen, state.region) };
  };

  const apply = (effect) => {
    if (effect?.change) change(effect.change);
    if (effect?.look) look(effect.look);
    if (effect?.say) say(effect.say);
  };

  const showDraft = (next) => {
    draft = next;
    const { state, standard, usable } = view();
    if (standard && usable) showOverlay(state, standard, draft);
  };

  const contextAt = (event) => {
    const { state, image } = view();
    const unit = viewport.pixelsPerScreen();
    const reach = (token_px("--handle-hit") / 2) * unit;
    const geometry = chosenType()?.geometry ?? [];
    const from = viewport.imagePoint(event);
    return { state, now: () => view().state, code: state.chosen, geometry, image, from, unit, reach, radius: palette.radius_px * unit };
  };

  const toolAt = (event, ctx) => {
    const why = refusal();
    if (why) return viewport.zoom > 1 ? looking(ctx) : { refused: why, tap: looking(ctx).tap };
    const erases = event.pointerType === "pen" && event.buttons & PEN_ERASES && ctx.geometry.includes("mask");
    return tools[erases ? "eraser" : palette.tool(chosenType())](ctx);
  };

  // The pen may have been the last person's: a finger that draws in vain is told why.
  const fingerAt = (ctx) =>
    viewport.zoom > 1 || refusal() ? looking(ctx) : { refused: "pen_seen", tap: looking(ctx).tap };

  const start = (event, { finger }) => {
    const ctx = contextAt(event);
    const deed = finger ? fingerAt(ctx) : toolAt(event, ctx);
    const done = (effect) => {
      showLoupe(null);
      showDraft(null);
      apply(settled(effect, ctx.code));
      lifted();
    };
    return {
      pans: deed.pans,
      idle: Boolean(deed.refused),
      begin: ({ held }) => {
        if (!deed.refused) return true;
        if (!held) say(deed.refused);
        return false;
      },
      move: (events) => {
        const points = events.map((each) => viewport.imagePoint(each));
        showDraft(deed.draft(points));
        showLoupe({ event, point: points.at(-1) }, draft);
      },
      end: (last, far_px) => done(deed.end?.(viewport.imagePoint(last), far_px)),
      tap: () => {
        const effect = settled(deed.tap(), ctx.code);
        if (effect) shake(); // what it has drawn or chosen is seen
        done(effect);
      },
      cancel: () => done(null),
    };
  };

  const gestures = bindGestures(stage, {
    usable: () => view().usable,
    touched: () => palette.shut(),
    start,
    onPen: () => say("pen_seen"),
  });

  const show = () => {
    const { state, standard, usable } = view();
    if (!usable) interrupt();
    if (standard && usable) showOverlay(state, standard, draft);
    palette.show(state, chosenType(), usable);
    stage.classList.toggle("can-draw", usable && refusal() === null);
  };

  viewport.addEventListener("change", ({ detail }) => {
    if (!detail.resized) return;
    const { state, standard, usable } = view();
    const empty = !draft && Object.keys(state.marks).length === 0;
    if (standard && usable && !empty) showOverlay(state, standard, draft);
    palette.showFit();
  });
  viewport.addEventListener("rest", () => palette.showFit());

  /** Whether no hand is drawing; else the person is asked to lift it first. */
  const free = () => {
    if (gestures.drawing) say("lift_first");
    return !gestures.drawing;
  };

  // What is kept is what was shown under the hand: where the picture moves away below it, nothing is.
  const interrupt = () => {
    if (!gestures.drawing) return;
    gestures.cancel();
    say("drawing_moved");
  };
  viewport.addEventListener("refit", interrupt);

  // For the keyboard: a region in the middle of what is in view.
  const placeInTheMiddle = (tool) => {
    const { state, image } = view();
    const place = centred(viewport.visible(), image);
    const [a, b, c, d] = shapes.handles(place).map((point) => corner(point, image));
    const ring = [a, b, d, c];
    const made = { box: () => place, polygon: () => ({ kind: "polygon", points: ring }), brush: () => shapes.enclosed(ring, ["mask"], image) };
    if (made[tool]) change(marks.regionAdded(state, state.chosen, made[tool]()));
  };

  const nextRegion = () => {
    const { state } = view();
    const { regions } = marks.markOf(state, state.chosen);
    if (regions.length) look(marks.chosen(state, state.chosen, ((state.region ?? -1) + 1) % regions.length));
  };

  // A key pressed again, with nothing done in between, asks for a shape in the middle. The first press never draws:
  // whoever only makes sure of the tool must not leave a place that nobody pointed at.
  let pressed = null;
  const pressedAgain = (tool) => {
    const { state } = view();
    const again = pressed?.tool === tool && pressed.state === state;
    pressed = again ? null : { tool, state };
    return again;
  };

  const takeByKey = (tool) => {
    if (!view().usable) return;
    const type = chosenType();
    const why = refusal();
    const before = palette.tool(type);
    const again = pressedAgain(tool);
    if (why) say(why);
    else if (tool === "select" && before === "box") nextRegion();
    else if (!palette.take(type, tool)) say("no_such_tool");
    else if (tool === "select" && before === tool) nextRegion();
    else if (again && before === tool && !marks.markOf(view().state, type.code).open.length) placeInTheMiddle(tool);
    show();
  };

  const onRegion = (act) => {
    const { state, usable } = view();
    const shape = usable && marks.chosenRegion(state);
    if (shape) change(act(state, state.chosen, state.region, shape));
  };

  const closeOpen = () => {
    const { state, usable } = view();
    if (!usable || !state.chosen || !marks.markOf(state, state.chosen).open.length || refusal()) return false;
    if (!free()) return true;
    apply(close(state, state.chosen));
    return true;
  };

  const zoom = (factor) => view().usable && free() && viewport.zoomBy(factor);
  const fit = () => free() && viewport.fit();

  return {
    show,
    free,
    get drawing() {
      return gestures.drawing;
    },
    /** Lets go of the picture: what a hand is at is not kept. */
    stop: () => {
      gestures.cancel();
      showLoupe(null);
      draft = null;
      find("delete").hidden = true;
    },
    /** Buttons over the picture, by their data-act. */
    acts: {
      tools: () => {
        palette.toggle();
        show();
      },
      tool: ({ dataset }) => {
        palette.take(chosenType(), dataset.tool);
        show();
      },
      "brush-size": () => {
        palette.resize(1, { round: true });
        show();
      },
      "undo-point": () => apply(undoPoint(view().state, view().state.chosen)),
      "close-polygon": closeOpen,
      "delete-region": () => onRegion((state, code, index) => marks.regionDeleted(state, code, index)),
      fit,
    },
    /** What the keyboard does on the picture; `close` answers whether there was a polygon to close. */
    keys: {
      tool: takeByKey,
      brush: (step) => {
        palette.resize(step);
        show();
      },
      nudge: (dx, dy, size) => {
        const { image } = view();
        const step = Math.max(1, Math.round(image.width_px / 400 / viewport.zoom));
        onRegion((state, code, index, shape) =>
          marks.regionChanged(state, code, index, shapes[size ? "resized" : "moved"](shape, dx * step, dy * step, image)),
        );
      },
      remove: () => onRegion((state, code, index) => marks.regionDeleted(state, code, index)),
      close: closeOpen,
      zoom: (step) => (step ? zoom(ZOOM_STEP ** step) : fit()),
      space: gestures.space,
      cancel: () => {
        const { state, usable } = view();
        if (!usable) return;
        if (gestures.drawing) gestures.cancel();
        else if (palette.shut()) show();
        else if (state.chosen && marks.markOf(state, state.chosen).open.length) change(marks.opened(state, state.chosen, []));
        else look(marks.chosen(state, state.chosen));
      },
    },
  };
};
