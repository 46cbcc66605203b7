import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest, problems, seenAspect } from "../../../site_src/runtime/pick/quad.js";

const FRAME = { width: 1280, height: 704 };
const ASPECT = 1.6;
/** @type {import("../../../site_src/runtime/homography.js").Quad} */
const SQUARE_ON = [
  [400, 200],
  [720, 200],
  [720, 400],
  [400, 400],
];

/**
 * The picture of a rectangle of this aspect, turned and then tilted, seen by a common lens.
 *
 * @param {number} aspect @param {number} turn_rad @param {number} tilt_rad
 */
function seen(aspect, turn_rad, tilt_rad) {
  const corners = [
    [-aspect, -1],
    [aspect, -1],
    [aspect, 1],
    [-aspect, 1],
  ];
  return /** @type {any} */ (
    corners.map(([x, y]) => {
      const [side, back] = [x * Math.cos(turn_rad), x * Math.sin(turn_rad)];
      const up = y * Math.cos(tilt_rad) - back * Math.sin(tilt_rad);
      const depth = 5 + y * Math.sin(tilt_rad) + back * Math.cos(tilt_rad);
      return [640 + (1000 * (side + 0.3)) / depth, 352 + (1000 * (up + 0.2)) / depth];
    })
  );
}

test("the nearest of several points is found, and none among none", () => {
  assert.equal(
    nearest(
      [
        [0, 0],
        [10, 0],
      ],
      [6, 1],
    ),
    1,
  );
  assert.equal(nearest([], [6, 1]), -1);
});

test("the aspect of a rectangle seen at an angle comes out as it is", () => {
  for (const aspect of [1, 1.333, 1.6, 2]) {
    for (const [turn, tilt] of [
      [0, 0],
      [0.4, 0.3],
      [-0.6, 0.25],
      [0.5, -0.4],
    ]) {
      const found = seenAspect(seen(aspect, turn, tilt), FRAME);
      assert.ok(
        found && Math.abs(found / aspect - 1) < 0.01,
        `${aspect} at ${turn}, ${tilt}: ${found}`,
      );
    }
  }
});

test("with only two sides parallel the lens is unknown and nothing is claimed", () => {
  assert.equal(seenAspect(seen(1.6, 0.5, 0), FRAME), null);
});

test("a good screen raises no word", () => {
  assert.deepEqual(problems(SQUARE_ON, FRAME, ASPECT), []);
});

for (const { name, quad, words } of [
  {
    name: "outside",
    quad: [
      [-3, 200],
      [720, 200],
      [720, 400],
      [400, 400],
    ],
    words: /top left corner lies outside/,
  },
  {
    name: "mirrored",
    quad: [
      [720, 200],
      [400, 200],
      [400, 400],
      [720, 400],
    ],
    words: /wrong way round/,
  },
  {
    name: "crossed",
    quad: [
      [400, 200],
      [720, 400],
      [720, 200],
      [400, 400],
    ],
    words: /cross or fold in/,
  },
  {
    name: "folded in",
    quad: [
      [400, 200],
      [720, 200],
      [500, 260],
      [400, 400],
    ],
    words: /cross or fold in/,
  },
  {
    name: "turned",
    quad: [
      [720, 200],
      [720, 400],
      [400, 400],
      [400, 200],
    ],
    words: /stand on its side/,
  },
  {
    name: "too narrow",
    quad: [
      [400, 200],
      [500, 200],
      [500, 400],
      [400, 400],
    ],
    words: /narrower/,
  },
  {
    name: "too wide",
    quad: [
      [200, 200],
      [1000, 200],
      [1000, 400],
      [200, 400],
    ],
    words: /wider/,
  },
]) {
  test(`corners that are ${name} are named so`, () => {
    assert.match(problems(/** @type {any} */ (quad), FRAME, ASPECT)[0] ?? "", words);
  });
}
