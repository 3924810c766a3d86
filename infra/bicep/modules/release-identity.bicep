// The identity that GitHub Actions releases code as: no secret, and no right but to deploy the app, upload its packages and shift weights.

param token string
param location string
param tags object

@description('owner/name')
param repository string

@description('The GitHub environment; a job that does not run in it cannot sign in.')
param githubEnvironment string

param storageName string
param packageContainer string

@description('The function apps that it deploys.')
param appNames array

@description('The Front Door profile before an app with a canary; empty without one.')
param frontDoorName string

var roles = loadJsonContent('../../roles.json').release

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-release-${token}'
  location: location
  tags: tags
}

resource github 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity
  name: 'github'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:${repository}:environment:${githubEnvironment}'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

resource apps 'Microsoft.Web/sites@2025-03-01' existing = [for name in appNames: {
  name: name
}]

resource onApps 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in appNames: {
  name: guid(resourceGroup().id, name, identity.id, roles.apps[0].id)
  scope: apps[index]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.apps[0].id)
  }
}]

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource packages 'containers' existing = {
      name: packageContainer
    }
  }
}

resource onPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::packages.id, identity.id, roles.packages[0].id)
  scope: storage::blobs::packages
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.packages[0].id)
  }
}

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = if (!empty(frontDoorName)) {
  name: frontDoorName
}

resource onFrontDoor 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(frontDoorName)) {
  name: guid(frontDoor.id, identity.id, roles.frontDoor[0].id)
  scope: frontDoor
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.frontDoor[0].id)
  }
}

output clientId string = identity.properties.clientId
