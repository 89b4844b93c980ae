// What is painted is kept as lines in the canvas's pixels: they are drawn here, and by the server once more.
const [image, canvas, brush, width] = ["img", "canvas", ".brush", "input"].map(one => element.querySelector(one));
const tool = name => element.querySelector(`[data-tool=${name}]`), sheet = canvas.parentElement;
const pen = canvas.getContext("2d");
const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
let past = [[]], future = [];  // all the strokes, as they were and will be again; the last of the past are those now
let line = null, at = [0, 0], dipped = null, erasing = false;  // what is being painted, where, and with what

const draw = ({color, width, points}) => {
    pen.globalCompositeOperation = color ? "source-over" : "destination-out";
    Object.assign(pen, {strokeStyle: color ?? "#000", lineWidth: width, lineCap: "round", lineJoin: "round"});
    pen.beginPath();
    pen.moveTo(...points[0]);
    points.forEach(([x, y]) => pen.lineTo(x + .01, y));  // a line of no length would not be drawn
    pen.stroke();
};
const show = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    past.at(-1).forEach(draw);
    tool("undo").disabled = past.length < 2;
    tool("redo").disabled = !future.length;
    tool("clear").disabled = !past.at(-1).length;
};
const say = () => {
    show();
    props.value = {strokes: past.at(-1)};
    trigger("input");
};
const act = {
    undo: () => past.length > 1 && (future.push(past.pop()), say()),
    redo: () => future.length && (past.push(future.pop()), say()),
    clear: () => keep([]),
    erase: () => choose(!erasing),
};
const keep = strokes => {
    past.push(strokes);
    future = [];
    say();
};
const choose = erase => tool("erase").setAttribute("aria-pressed", erasing = erase);
const begin = () => {
    dipped = document.querySelector("#swatches :checked")?.value ?? dipped;  // those of another photo are not offered
    line = {color: erasing ? null : dipped, width: +width.value, points: [at]};
    draw(line);
};
const move = ([x, y]) => {
    at = [x, y];
    const size = canvas.clientWidth / canvas.width * width.value;
    const [left, top] = [x / canvas.width, y / canvas.height].map(share => `${share * 100}%`);
    Object.assign(brush.style, {width: `${size}px`, left, top});
    if (!line || Math.hypot(x - line.points.at(-1)[0], y - line.points.at(-1)[1]) < 2) return;
    line.points.push(at);
    draw(line);
    if (line.points.length < canvas.dataset.most) return;
    end();
    begin();
};
const end = () => {
    if (line) keep([...past.at(-1), line]);
    line = null;
};
const within = (one, least, most) => Math.min(Math.max(one, least), most);
const place = event => {  // a stroke may leave the picture, but not go far
    const {left, top, width, height} = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    return [within(x, -1, 2) * canvas.width, within(y, -1, 2) * canvas.height].map(Math.round);
};
canvas.addEventListener("pointerdown", event => {
    if (event.button || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    move(place(event));
    begin();
});
canvas.addEventListener("pointermove", event => {
    if (event.isPrimary) (event.getCoalescedEvents?.() ?? []).concat(event).forEach(part => move(place(part)));
});
canvas.addEventListener("pointerup", end);
canvas.addEventListener("pointercancel", () => (line = null, show()));  // two fingers: the page is zoomed
canvas.addEventListener("keydown", event => {
    const step = steps[event.key];
    const far = event.shiftKey ? 1 : 8;
    if (step) move([within(at[0] + far * step[0], 0, canvas.width), within(at[1] + far * step[1], 0, canvas.height)]);
    if (event.key === " " && !line) begin();
    if (step || event.key === " ") event.preventDefault();
});
canvas.addEventListener("keyup", event => event.key === " " && end());
canvas.addEventListener("blur", end);
element.addEventListener("keydown", event => {
    const action = {z: event.shiftKey ? "redo" : "undo", y: "redo"}[event.key.toLowerCase()];
    if (!action || !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    act[action]();
});
element.addEventListener("click", event => act[event.target.dataset.tool]?.());
document.addEventListener("input", event => event.target.closest("#swatches") && choose(false));

const open = () => {  // another picture, with nothing on it
    [past, future, line] = [[[]], [], null];
    sheet.hidden = true;
    const photo = props.value?.photo;
    if (photo) image.src = photo.url;
    show();
};
image.addEventListener("load", () => {
    const sides = [image.naturalWidth, image.naturalHeight], scale = canvas.dataset.side / Math.max(...sides);
    [canvas.width, canvas.height] = sides.map(side => Math.max(1, Math.round(scale * side)));
    at = [canvas.width >> 1, canvas.height >> 1];
    sheet.parentElement.style.setProperty("--ratio", canvas.width / canvas.height);
    sheet.classList.toggle("pixels", Math.max(...sides) <= 64);
    sheet.hidden = !props.value?.photo;
    show();
});
watch("value", open);
open();
