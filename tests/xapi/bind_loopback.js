// Learning Locker's server has no host setting and would listen on every address.
const { Server } = require('net');

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, Number(port), '127.0.0.1', ...rest);
};
