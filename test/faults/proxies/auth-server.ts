/** What nginx asks where a user's store is (ngx_mail_auth_http_module): its port, and those of the two stores, as arguments. */
import { createServer } from "node:http";

const [port = "", ...stores] = process.argv.slice(2);

createServer((request, response) => {
  const number = Number(/\d+/.exec(String(request.headers["auth-user"]))?.[0]);
  response.writeHead(200, {
    "Auth-Status": "OK",
    "Auth-Server": "127.0.0.1",
    "Auth-Port": stores[number % stores.length],
  });
  response.end();
}).listen(Number(port), "127.0.0.1");
