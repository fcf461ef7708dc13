/** The demo directory as LDIF, in a module so that the compiled binary has it too. */
export const USERS_LDIF = `# The demo directory: two domains, six users over two stores. Every password is "demo".
version: 1

dn: uid=alice,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000001
uid: alice
cn: Alice Ahlgren
sn: Ahlgren
mail: alice@example.com
mailAlternateAddress: a.ahlgren@example.com
mailHost: store1.example.com
userPassword: demo

dn: uid=bob,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000002
uid: bob
cn: Bob Barker
sn: Barker
mail: bob@example.com
mailHost: store2.example.com
userPassword: demo

dn: uid=carol,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000003
uid: carol
cn:: Q2Fyb2wgQ2HDsW9u
sn: Canon
mail: carol@example.com
mailHost: store1.example.com
userPassword: demo

# The same user ID as in the other domain: the domain tells them apart.
dn: uid=alice,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000004
uid: alice
cn: Alice Okoro
sn: Okoro
mail: alice@example.org
mailHost: store2.example.com
userPassword: demo

dn: uid=dave,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000005
uid: dave
cn: Dave Duarte
sn: Duarte
mail: dave@example.org
mailAlternateAddress: postmaster@example.org
mailHost: store1.example.com
userPassword: demo

dn: uid=erin,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: mailUser
entryUUID: 6f0e7a10-0000-4000-8000-000000000006
uid: erin
cn: Erin Eide
sn: Eide
mail: erin@example.org
mailHost: store2.example.com
userPassword: demo
`;
