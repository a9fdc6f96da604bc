// Puts the reason, given in the address, onto the page as text.
const given = new URLSearchParams(location.search);
for (const id of ['message', 'hint']) document.getElementById(id).textContent = given.get(id) ?? '';
